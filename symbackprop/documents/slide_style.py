"""The style sheet and the script of the slides. A slide is a box of 864 x 486 px that grows with the screen; on a
phone it is as wide as the screen and scrolls."""

from __future__ import annotations

SLIDES = """
.deck{margin:0;max-width:none;padding:0;touch-action:pan-y pinch-zoom;overscroll-behavior-x:none}
.slide{position:relative;box-sizing:border-box;width:864px;min-height:486px;margin:0 auto 1rem;padding:24px 44px 14px;
 border-bottom:1px solid var(--rule);background:var(--paper)}
.slide h2{margin:0 0 .9rem;font-size:1.3rem;padding-bottom:.3em}
.slide h2::before{content:none}
.slide .above{margin:0;font:13px/1.4 var(--sans);color:var(--soft)}
.slide.title h2,.slide.part h2{font-size:2rem;border:0;margin:6.2rem 0 .6rem;text-wrap:balance}
.slide:is(.title,.part):has(figure) h2{margin:.4rem 0;font-size:1.6rem}
.slide .lead{margin-bottom:1rem}.slide figure{margin:.6rem 0}.slide footer{margin-top:1.6rem}
.slide .blk{margin-bottom:1rem}.slide .caption{margin:.3rem 0 .8rem}.slide .summary{margin-top:1rem}
.slide .def{margin-inline:0}.slide .blk.sub>.row,.slide .def>.row{margin:.38rem 0}
.bar{display:none}
.live .bar{display:flex}
.deck .bar{position:fixed;inset:auto 0 0;z-index:2;margin:0;border:0;padding:0 1em .2em;height:2.5em;
 align-items:center;gap:.6em;font:max(13px,1.05vw)/1.5 var(--sans);color:var(--soft);background:var(--paper)}
.bar .line{position:absolute;inset:0 0 auto;height:3px;background:var(--rule)}
.bar .line i{display:block;height:100%;width:0;background:var(--soft)}
.bar h1{font:inherit;margin:0;letter-spacing:0;white-space:nowrap;overflow:hidden;text-overflow:ellipsis;flex:0 1 auto}
.bar .keys{flex:1;text-align:center;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.bar .at{font-variant-numeric:tabular-nums;white-space:nowrap}
.bar button{font:600 1.35em/1 var(--sans);width:2em;height:1.5em;padding:0 0 .15em;color:var(--ink);background:none;
 border:1px solid var(--rule);border-radius:5px;cursor:pointer}
.bar button[aria-disabled=true]{color:var(--soft);cursor:default}
@media screen{
 .live.deck,.live .deck{height:100vh;height:100dvh;overflow:hidden}
 .live main{position:absolute;left:50%;top:calc((100vh - var(--bar,2.1rem))/2)}
 .live .slide{position:absolute;left:0;top:0;margin:0;border:0;height:486px;overflow:hidden;
  transform:translate(-50%,-50%) scale(var(--zoom,1))}
 .live .slide:not(.here){display:none}
 .live .slide .in{transform-origin:0 0;transform:scale(var(--fit,1));width:calc(100%/var(--fit,1))}
 .off,.unknown .grp>.lab,.unknown .grp>.fs::after{visibility:hidden}
 .unknown .grp>.fs{background:none}
}
@media screen and (max-width:40rem){
 .live.deck,.live .deck{height:auto;overflow:visible}
 .live main{position:static}
 .live .slide{position:static;transform:none;width:auto;height:auto;min-height:100vh;min-height:100dvh;
  padding:1rem 1rem 4rem}
 .live .slide .in{transform:none;width:auto}
 .slide.title h2,.slide.part h2{font-size:1.5rem;margin-top:3rem}
 .bar .keys,.bar h1{display:none}.deck .bar{justify-content:flex-end}.bar .at{margin-right:auto}
 html.live{scroll-padding-bottom:4.5em}.deck .bar{height:3.6em}.bar button{width:2.6em;height:2.1em}
}
@media print{
 @page{size:864px 486px;margin:0}
 .deck .bar{display:none}
 body.deck{font-size:17px;line-height:1.7}
 .slide{width:864px;height:486px;min-height:0;margin:0;border:0;overflow:hidden;break-after:page;break-inside:avoid}
 .slide:last-child{break-after:auto}
 .slide .in{transform-origin:0 0;transform:scale(var(--fit,1));width:calc(100%/var(--fit,1))}
 .slide .blk{margin-bottom:1rem}.slide h2{margin-top:0}
}
"""

STEPS = """
(()=>{const root=document.documentElement,all=[...document.querySelectorAll('.slide')],W=864,H=486,
 at=document.querySelector('.at'),line=document.querySelector('.line i'),go=[...document.querySelectorAll('[data-go]')];
root.classList.add('live');
/* the steps of a slide: each line, a bracketed tail by itself, each sentence or table after the first line */
const plan=all.map(s=>{const steps=[];
 for(const n of s.querySelectorAll('.row,.in>p,.in>ul,.in>.wide,.in>.nest,.in>figure,.in>svg')){
  const first=!steps.length;
  if(n.matches('.row')){steps.push({show:n});if(n.querySelector('.grp'))steps.push({known:n})}
  else if(!first)steps.push({show:n})}
 return steps.length?steps:[{}]});
const total=plan.reduce((n,p)=>n+p.length,0);let slide=0,step=0;
const small=()=>matchMedia('(max-width:40rem)').matches;
const fit=s=>{const inner=s.firstElementChild,box=getComputedStyle(s),
  room=H-parseFloat(box.paddingTop)-parseFloat(box.paddingBottom);
 const wide=()=>Math.max(...[inner,...inner.querySelectorAll('.wide,.nest,.r')].map(n=>n.scrollWidth-n.clientWidth));
 for(let f=1;;f-=.04){s.style.setProperty('--fit',f);
  if(f<.45||(inner.scrollHeight*f<=room&&wide()<=1))break}};
const zoom=()=>{const bar=document.querySelector('.bar').offsetHeight;root.style.setProperty('--bar',bar+'px');
 root.style.setProperty('--zoom',Math.min(innerWidth/W,(innerHeight-bar)/H))};
const draw=()=>{zoom();
 all.forEach((s,k)=>s.classList.toggle('here',k===slide));
 const here=all[slide];
 if(!here.style.getPropertyValue('--fit')&&!small())fit(here);
 plan[slide].forEach((u,k)=>{if(u.show)u.show.classList.toggle('off',k>step);
  if(u.known)u.known.classList.toggle('unknown',k>step)});
 here.querySelectorAll('.def').forEach(d=>d.classList.toggle('off',!d.querySelector('.row:not(.off)')));
 const done=plan.slice(0,slide).reduce((n,p)=>n+p.length,0)+step+1;
 line.style.width=100*done/total+'%';at.textContent=slide+1+' / '+all.length;
 go[0].setAttribute('aria-disabled',!slide&&!step);
 go[1].setAttribute('aria-disabled',slide===all.length-1&&step===plan[slide].length-1);
 history.replaceState(null,'','#'+(slide+1)+(step?'.'+(step+1):''));
 if(!small())return;
 const n=plan[slide][step].show;
 if(!step)scrollTo(0,0);else if(n)n.scrollIntoView({block:'nearest'})};
const set=(s,k)=>{slide=Math.max(0,Math.min(all.length-1,s));
 step=Math.max(0,Math.min(plan[slide].length-1,k));draw()};
const move=d=>{const k=step+d;
 if(k>=0&&k<plan[slide].length)set(slide,k);
 else if(all[slide+d])set(slide+d,k<0?1e9:0)};
const read=()=>{const h=decodeURIComponent(location.hash.slice(1)),m=/^(\\d+)(?:\\.(\\d+))?$/.exec(h);
 if(m)return set(m[1]-1,(m[2]||1)-1);
 const n=h&&document.getElementById(h),s=n?all.indexOf(n.closest('.slide')):-1;
 if(s<0)return set(slide,step);
 set(s,Math.max(0,plan[s].findIndex(u=>u.show===n)))};
const own='a,button,input,summary,[data-copy]';
addEventListener('keydown',e=>{if(e.ctrlKey||e.metaKey||e.altKey)return;
 const on=document.activeElement&&document.activeElement.matches(own),k=e.key;
 if(on&&(k===' '||k==='Enter'))return;
 const by={ArrowRight:1,PageDown:1,Enter:1,' ':e.shiftKey?-1:1,ArrowLeft:-1,PageUp:-1,Backspace:-1}[k];
 if(by)move(by);
 else if(k==='ArrowDown'||k==='ArrowUp'){if(small())return;set(slide+(k==='ArrowDown'?1:-1),0)}
 else if(k==='Home')set(0,0);else if(k==='End')set(all.length-1,1e9);else return;
 e.preventDefault()});
addEventListener('click',e=>{const b=e.target.closest('[data-go]');
 if(b)return move(+b.dataset.go);
 if(e.target.closest(own)||e.target.closest('.bar')||!getSelection().isCollapsed)return;
 move(e.clientX<innerWidth/4?-1:1)});
let x,y;addEventListener('touchstart',e=>{x=e.changedTouches[0].clientX;y=e.changedTouches[0].clientY},{passive:true});
addEventListener('touchend',e=>{const dx=e.changedTouches[0].clientX-x,dy=e.changedTouches[0].clientY-y;
 if(Math.abs(dx)>45&&Math.abs(dx)>1.5*Math.abs(dy))move(dx<0?1:-1)},{passive:true});
addEventListener('hashchange',read);addEventListener('resize',()=>{zoom();draw()});
const printed=()=>all.forEach(s=>{if(!s.style.getPropertyValue('--fit')){s.classList.add('here');fit(s);
 s.classList.toggle('here',all[slide]===s)}});
addEventListener('beforeprint',printed);
document.fonts.ready.then(()=>{all.forEach(s=>s.style.removeProperty('--fit'));read()});read()})();
"""
