"""What a page does beside being read: its one script, small and optional. Without it the page is complete.

A selection of whole lines is copied as LaTeX, prose with its formulas as ``$…$``; a line pointed at offers a button.
The slider and the arrow keys walk the lines of the backward pass: what comes later is hidden, and keeps its place.
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256

SCRIPT = r"""(()=>{
const d=document,$$=q=>[...d.querySelectorAll(q)],main=d.querySelector('main'),LINE='[data-latex]:not(math)';
let held='';
d.addEventListener('copy',e=>{
 let t=held;
 if(!t){const s=getSelection();if(s.isCollapsed)return;
  const r=$$(LINE).filter(n=>s.containsNode(n,true)),box=d.createElement('div');
  for(let k=0;k<s.rangeCount;k++)box.append(s.getRangeAt(k).cloneContents());
  const prose=box.querySelector('p,li,h2,h3,td');
  if(r.length&&!prose)t=r.map(n=>n.dataset.latex).join('\n');
  else{box.querySelectorAll('.copies').forEach(n=>n.remove());
   if(!box.querySelector('[data-latex]'))return;
   box.querySelectorAll('[data-latex]').forEach(n=>{if(box.contains(n))n.replaceWith('$'+n.dataset.latex+'$ ')});
   box.querySelectorAll('p,li,h1,h2,h3,tr,.dh').forEach(n=>n.append('\n'));
   box.querySelectorAll('td,th').forEach(n=>n.append('\t'));t=box.textContent.trim()}}
 e.clipboardData.setData('text/plain',t);e.preventDefault()});

const copies=d.querySelector('.copies'),names=[...copies.children].map(b=>b.textContent);
const offer=n=>{const r=n&&n.closest&&n.closest(LINE);
 if(r&&copies.parentNode!==r){copies.hidden=false;[...copies.children].forEach((b,k)=>b.textContent=names[k]);
  r.append(copies)}};
main.addEventListener('pointerover',e=>offer(e.target));
main.addEventListener('focusin',e=>{if(!copies.contains(e.target))offer(e.target)});
/* a line as one formula for a word processor: what it is made of, without what only this page understands */
const maths=r=>{const space=r.querySelector('math').namespaceURI,m=d.createElementNS(space,'math');
 m.setAttribute('display','block');
 for(const n of r.querySelectorAll(':scope>math,.l math,.e,.r math,.r .f>i')){
  if(n.closest('.lab'))continue;
  if(n.localName==='math')m.append(...n.cloneNode(true).childNodes);
  else{const o=d.createElementNS(space,'mo');o.textContent=n.textContent;m.append(o)}}
 m.querySelectorAll('*').forEach(n=>['class','style','data-ref','aria-label'].forEach(a=>n.removeAttribute(a)));
 return new XMLSerializer().serializeToString(m)};
copies.onclick=e=>{const b=e.target.closest('button'),r=copies.parentNode;if(!b)return;
 held=b.dataset.as==='mathml'?maths(r):b.dataset.as==='hwp'?r.dataset.hwp:r.dataset.latex;
 d.execCommand('copy');held='';b.textContent=copies.dataset.done};

if(main.dataset.many!==undefined){
 const light=e=>{const n=e.target.closest&&e.target.closest('[data-ref]:not(.def,.grp)'),was=main.dataset.lit||'';
  const ref=e.type==='pointerout'||e.type==='focusout'||!n?'':n.dataset.ref;
  if(ref===was)return;
  $$('.on').forEach(x=>x.classList.remove('on'));
  if(ref){main.dataset.lit=ref;$$('[data-ref="'+ref+'"]').forEach(x=>{x.classList.add('on');
   const b=x.closest('.blk');if(b)b.classList.add('on')})}else delete main.dataset.lit};
 for(const t of['pointerover','pointerout','focusin','focusout'])main.addEventListener(t,light)}

const form=d.querySelector('.walk');
if(form){
 const range=form.querySelector('input'),out=form.querySelector('output');
 const rows=$$('.sub:not(.fw,.still)>.row,.def>.row').filter(r=>!r.closest('details'));
 const last=rows.length,tops=[...main.children];
 const later=(list,from)=>list.forEach((n,k)=>n.classList.toggle('later',k>from&&n!==form));
 range.max=last;range.value=last;form.hidden=last<2;
 let top=null;
 const show=()=>{
  const k=+range.value,whole=k===last,row=rows[k-1];
  out.value=k+' / '+last;
  $$('.now').forEach(n=>n.classList.remove('now'));
  if(top)later([...top.children],Infinity);
  top=tops.find(n=>n.contains(row));
  later(tops,whole?Infinity:tops.indexOf(top));
  if(top!==row)later([...top.children],whole?Infinity:[...top.children].indexOf(row));
  if(whole)return;
  row.classList.add('now');offer(row);
  const at=row.getBoundingClientRect();
  if(at.top<0||at.bottom>innerHeight-form.offsetHeight)row.scrollIntoView({block:'center'})};
 const walk=n=>{const k=+range.value;range.value=n>last?1:Math.max(1,n);if(+range.value!==k)show()};
 out.value=last+' / '+last;
 range.addEventListener('input',show);form.addEventListener('submit',e=>e.preventDefault());
 d.addEventListener('keydown',e=>{
  if(e.altKey||e.ctrlKey||e.metaKey||e.shiftKey||e.target.closest('input,textarea,select,.wide,.nest'))return;
  const n={ArrowRight:1,ArrowLeft:-1}[e.key];
  if(n){e.preventDefault();walk(+range.value+n)}
  else if(e.key==='Escape')walk(last)})}
})();"""


def policy(script: str = SCRIPT) -> str:
    """Nothing is loaded, and no script but this one runs, whatever words a page holds."""
    return (
        "default-src 'none';style-src 'unsafe-inline';font-src data:;img-src data:;base-uri 'none';form-action 'none';"
        f"script-src 'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'"
    )
