"""The style sheet of a page: paper and ink, boxes first and colour second, braces drawn with borders."""

from __future__ import annotations

from symbackprop.documents.blocks import HUES
from symbackprop.documents.font import face

LIGHT_DARK = (("#b04a00", "#ff9e5e"), ("#005a8f", "#6ec1ff"), ("#00694c", "#5fd9ae"), ("#7a3b9c", "#d3a2f0"),
              ("#9b2242", "#ff9db4"))  # fmt: skip
MOST_LIT = 30
"""Reused values that light up by rules of their own; on a page with more the script does it."""

SHEET = """
:root{color-scheme:light dark;
 --paper:light-dark(#fffdf8,#16181d);--ink:light-dark(#1c1c1c,#e8e6e1);--soft:light-dark(#635e53,#a9a69e);
 --rule:light-dark(#d9d3c5,#3a3f49);--alarm:light-dark(#a40000,#ff8f8f);
 --math:"STIX Two Math","Cambria Math","XITS Math","Libertinus Math","Latin Modern Math",math,serif;
 --sans:"Noto Sans CJK KR","Noto Sans KR","Apple SD Gothic Neo","Malgun Gothic",NanumGothic,system-ui,sans-serif;
 --serif:"Noto Serif CJK KR","Noto Serif KR",NanumMyeongjo,AppleMyungjo,Batang,Georgia,serif}
:lang(en){--serif:"Source Serif 4","Libertinus Serif",Charter,Georgia,"Noto Serif","Noto Serif CJK KR",serif}
*{box-sizing:border-box}
html{scroll-padding-top:3rem;-webkit-text-size-adjust:100%}
body{margin:0 auto;max-width:47rem;padding:2.2rem 1.25rem 3rem;background:var(--paper);color:var(--ink);
 font:17px/1.7 var(--serif);word-break:keep-all;overflow-wrap:break-word}
math{font-family:var(--math);font-size:1.12em;math-style:normal}
p math,li math,.aside math,.lab math,td math{font-size:1.05em;math-style:compact}
h1{font-size:1.7rem;line-height:1.3;margin:0 0 .35rem;letter-spacing:-.01em}
h2{font-size:1.15rem;line-height:1.5;border-bottom:1px solid var(--rule);padding-bottom:.25em;margin:2.8rem 0 1.2rem}
h2.part{font-size:1.4rem;border-bottom:2px solid var(--ink);margin-top:4.2rem}
h3{font:600 .95rem/1.5 var(--sans);margin:2rem 0 .6rem}
main{counter-reset:part}h2:not(.part)::before{counter-increment:part;content:counter(part) ". "}
h1,h2,h3{break-after:avoid;text-wrap:balance}
.aside{font-weight:400;color:var(--soft);margin-left:.5em}
code{font:.92em ui-monospace,"DejaVu Sans Mono","Noto Sans Mono CJK KR",monospace;overflow-wrap:anywhere}
.lead{margin:0 0 1.6rem;color:var(--soft)}.lead math{white-space:nowrap}
.caption{font-size:.92rem;color:var(--soft);margin:.7rem 0 .9rem}
.summary{margin:1.4rem 0 0;padding-left:.9rem;border-left:3px solid var(--rule);font-size:.97rem}
.alarm{margin:1rem 0;padding:.5rem .9rem;border:2px solid var(--alarm);border-radius:6px;color:var(--alarm)}
a{color:inherit}

/* reused terms: a box first, colour second */
.box,.lab,.def,.grp{--c:var(--ink)}
.box,.lab{color:var(--c);text-decoration:none;border-radius:4px}
.box,mrow.reuse{border:1.5px solid var(--c);border-radius:4px;background:color-mix(in srgb,var(--c) 7%,var(--paper))}
.box{display:inline-block;padding:.2em .32em}
mrow.reuse{color:var(--c);padding:.12em .22em}
.grp{display:inline-flex;flex-direction:column;align-items:center;min-width:0}
.grp>.fs{position:relative;padding:.35em .4em .8em;border-radius:4px;
 background:color-mix(in srgb,var(--c) 7%,transparent)}
.grp>.fs::after{content:"";position:absolute;inset:auto 0 0;height:.6em;border:2px solid var(--c);border-top:0;
 border-radius:0 0 4px 4px}
.lab{font:12.5px/1.5 var(--sans);padding:.15em .4em 0;text-align:center}
.grp>.lab{margin-inline:-1.2em}.one{position:relative;padding-bottom:1.4em}.one>.lab{margin:0;position:absolute;bottom:0;left:0;white-space:nowrap;padding-left:0}
.f:not(:last-child)>.one,.tie:not(:last-child) .one{padding:0}
/* where the line goes on, what a bracket says keeps to its own place */
.f:not(:last-child)>.one>.lab,.tie:not(:last-child) .one>.lab{position:static;white-space:normal;
 width:7.4em;margin-inline:-1.4em;padding-inline:0}

/* rows: step | left | sign | right | remark, value, number */
.blk{margin:0 0 1.6rem;transition:opacity .15s}
.row{display:grid;grid-template-columns:4.4rem minmax(3.6rem,auto) 1.8rem minmax(0,1fr) auto;align-items:baseline;
 margin:.85rem 0}
.blk.sub,.def{display:grid;
 grid-template-columns:4.4rem minmax(3.6rem,auto) 1.8rem minmax(0,1fr) auto;align-items:baseline}
.blk.sub>.row,.def>.row{margin:.45rem 0;display:grid;grid-template-columns:subgrid;grid-column:1/-1}
.def>.dh{grid-column:1/-1}
.st{font:12.5px/1.4 var(--sans);color:var(--soft);grid-column:1}
.l{text-align:right;grid-column:2}.e{text-align:center;grid-column:3;font:1.12em/1 var(--math)}
.r{grid-column:4}.n{grid-column:5}
.tie{display:inline-flex!important;min-width:0}.r,.fs,.res,.pr,.tie{display:flex;flex-wrap:wrap;align-items:baseline;row-gap:.6rem}
.f{display:inline-flex;align-items:baseline;min-width:0}
.f>i{font:1.12em/1 var(--math);margin:0 .36em}.f>.pre{margin-right:.2em}.f>i.sg{margin:0 .08em 0 .1em}
.f>.pre.in{margin-left:.28em}
.n{display:flex;align-items:baseline;justify-content:flex-end;gap:.8em;padding-left:.8rem}
.v{font-family:var(--math);font-variant-numeric:tabular-nums;white-space:nowrap;text-align:right}
.no{font-family:var(--math);min-width:2.3em;text-align:right;color:var(--soft);text-decoration:none}
.res{display:inline-flex;border:1.5px solid var(--ink);border-radius:4px;padding:.35em .6em}
.why{grid-column:4/-1;font-size:.88rem;line-height:1.6;color:var(--soft);margin-top:.15rem}
small{font:12px/1.5 var(--sans);color:var(--soft)}
.loc .v{color:var(--soft)}.loc .n{margin-right:2.75em}
.fwd{margin:.35rem 0!important}.worked,.worked math{color:var(--soft);font-size:.97em}.fwd .v{min-width:5.2em}
.fwd .st{display:none}.blk.fw{grid-template-columns:minmax(7.5rem,auto) 1.8rem minmax(0,1fr) auto}
.fw .l{grid-column:1}.fw .e{grid-column:2}.fw .r{grid-column:3}.fw .n{grid-column:4}
.def{border:2px solid var(--c);border-radius:6px;background:color-mix(in srgb,var(--c) 4%,transparent);
 padding:.5rem .8rem .35rem;margin-inline:calc(-.8rem - 2px)}
.dh{margin:0 0 .3rem;font:600 13px/1.5 var(--sans);color:var(--c)}.dh span{font-weight:400}.dh math{font-size:1.08em}
.def .out .e{font-size:1.35em}

/* an under-brace of borders: stretchy braces are cut where Chromium's tiles meet */
.b{display:inline-flex;flex-direction:column;align-items:center}
.br{position:relative;align-self:stretch;height:10px;margin:4px 0 1px;color:var(--soft)}
.br::before,.br::after,.br i::before,.br i::after{content:"";position:absolute;border:0 solid;height:5px}
.br::before{left:0;width:calc(50% - 5px);top:0;border-width:0 0 1px 1px;border-bottom-left-radius:5px}
.br::after{right:0;width:calc(50% - 5px);top:0;border-width:0 1px 1px 0;border-bottom-right-radius:5px}
.br i::before{left:calc(50% - 5px);width:5.5px;top:4px;border-width:1px 1px 0 0;border-top-right-radius:5px}
.br i::after{right:calc(50% - 5px);width:5.5px;top:4px;border-width:1px 0 0 1px;border-top-left-radius:5px}
.b>small{margin:0 -.7em;white-space:nowrap}
mrow.gone{color:var(--soft);background:linear-gradient(to top left,transparent calc(50% - .7px),
 var(--alarm) calc(50% - .7px) calc(50% + .7px),transparent calc(50% + .7px));padding:.1em .1em}
.nest{overflow-x:auto;overflow-y:hidden;text-align:center;padding:.2rem 0 .6rem}
.nest{container-type:inline-size}
.nest math{display:inline math;font-size:min(1.08em,86cqw/var(--w))}
.narrow{display:none}
.f.big math{font-size:min(1.12em,(min(100vw,47rem) - 13rem)/var(--w))}
.nest mrow.known{border-bottom:1.5px solid var(--soft);border-radius:0 0 .5em .5em;padding:0 .1em .22em}

table{border-collapse:collapse;width:100%;font-size:.95rem;margin:.6rem 0}
th,td{border-bottom:1px solid var(--rule);padding:.42em .5em;text-align:left;font-weight:400;vertical-align:baseline}
thead th{font:12.5px/1.5 var(--sans);color:var(--soft)}
.ac{text-align:center}.ar{text-align:right;font-family:var(--math);font-variant-numeric:tabular-nums;white-space:nowrap}
td .box{font-size:.9em;padding:.1em .3em;margin:0 .12em}td .box math{math-style:normal;font-size:.95em}
.wide{overflow-x:auto}
details{margin:0 0 1rem;border:1px solid var(--rule);border-radius:6px;padding:.4rem .9rem}
summary{cursor:pointer;font:13.5px/1.7 var(--sans)}
.summary+details{margin-top:1.1rem}
ul{margin:.5rem 0 .9rem;padding-left:1.2rem;font-size:.95rem}
footer{margin-top:3.5rem;border-top:1px solid var(--rule);padding-top:.8rem;font:13px/1.7 var(--sans);color:var(--soft)}
footer p{margin:0}
:focus-visible{outline:2px solid var(--c,currentColor);outline-offset:3px}

/* walking the steps, and a button to copy the line that is pointed at */
.walk{position:sticky;bottom:0;z-index:2;display:flex;gap:.9rem;align-items:center;margin-top:2.5rem;padding:.55rem 0;
 background:var(--paper);border-top:1px solid var(--rule);font:13px/1.4 var(--sans);color:var(--soft)}
.walk[hidden]{display:none}.walk input{flex:1;min-width:0;accent-color:var(--soft)}
.walk output{font-variant-numeric:tabular-nums}
.later{visibility:hidden}.now{background:color-mix(in srgb,var(--ink) 6%,transparent);border-radius:4px}
.row,.nest{position:relative}
.copies{position:absolute;right:0;top:100%;z-index:1;margin-top:-.55rem;display:flex;gap:2px}
.copies[hidden]{display:none}.copies button{padding:.1em .6em;font:12px/1.5 var(--sans);white-space:nowrap;
 color:var(--ink);background:var(--paper);border:1px solid var(--rule);border-radius:4px;cursor:pointer}
main[data-lit] .blk:not(.on){opacity:.72}
main[data-lit] :is(.box.on,mrow.on,.grp.on>.fs){background:color-mix(in srgb,var(--c) 24%,var(--paper));
 box-shadow:0 0 0 3px color-mix(in srgb,var(--c) 30%,transparent)}
.long>.blk{content-visibility:auto;contain-intrinsic-size:auto 12rem}

@media (max-width:40rem){
 body{font-size:16px;padding:1.2rem 1rem 2rem}h1{font-size:1.35rem}h2.part{font-size:1.2rem}
 math{font-size:1.05em}
 .row,.blk.sub,.def{grid-template-columns:auto 1.5rem minmax(0,1fr)}
 .st{grid-column:1/-1;margin-bottom:.35rem}.l{grid-column:1}.e{grid-column:2}.r{grid-column:3}
 .n,.why{grid-column:2/-1}.n{margin-top:.3rem;padding:0}.loc .n{margin-right:0}.worked{display:none}
 .blk.fw{grid-template-columns:auto 1.4rem minmax(0,1fr) auto}.fw .l{grid-column:1}.fw .e{grid-column:2}
 .fw .r{grid-column:3}.fw .n{grid-column:4;margin:0}
 .def{margin-inline:calc(-.5rem - 2px);padding-inline:.5rem}
 .f>i{font-size:1.05em;margin:0 .26em}.grp>.lab{margin-inline:-.5em}
 .grp.one{padding:0}.grp.one>.lab{position:static;white-space:normal;width:6.6em;margin-inline:-1.1em;padding-inline:0}
 .nest{text-align:left}.nest.vast{display:none}.narrow{display:block;margin-bottom:1.4rem}
 .narrow p{margin:.5rem 0}.narrow math{font-size:min(1.05em,(86vw - 2rem)/var(--w));math-style:normal}
 .f.big math{font-size:min(1.05em,(100vw - 8rem)/var(--w))}
 table{font-size:min(.86rem,(100vw - 4.6rem)/var(--w))}th,td{padding:.4em .22em}thead th{font-size:inherit}
}
@media print{
 .walk,.copies{display:none!important}.later{visibility:visible!important}.now{background:none}
 body{max-width:none;font-size:10pt;line-height:1.55;background:#fff;color:#000;padding:0;color-scheme:light}
 /* as the screen: what is folded is not printed, what somebody opened is */
 details:not([open]){display:none}details{border:0;padding:0}summary{list-style:none;font-weight:600}
 h1{margin-top:0}h2{margin:1.2rem 0 .7rem}h2.part{margin-top:2rem}.lead{margin-bottom:.7rem}figure{margin:.5rem 0}
 .caption{margin:.35rem 0 .6rem}.nest{padding-bottom:.2rem}.row{margin:.6rem 0}.blk.sub>.row,.def>.row{margin:.35rem 0}
 .blk{margin-bottom:.8rem;content-visibility:visible!important}.fwd{margin:.2rem 0!important}
 .row,.def,.nest,tr,.summary,figure,.blk.sub:not(:has(>.row:nth-child(4))){break-inside:avoid}
 .def:has(>.row:nth-of-type(7)){break-inside:auto;box-decoration-break:clone;-webkit-box-decoration-break:clone}
 .dh,.caption,h2+p,thead,.blk>.row:first-child,.dh+.row{break-after:avoid}.blk>.out:last-child,tr:last-child{break-before:avoid}
 p,li{orphans:2;widows:2}footer{margin-top:1.5rem}
 .def{margin-inline:0}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
 @page{size:A4;margin:14mm 17mm}
}
@media (prefers-reduced-motion:reduce){.blk{transition:none}}
@media (forced-colors:active){.box,.lab{text-decoration:underline}}
"""

def sheet(refs: tuple[str, ...]) -> str:
    """The style sheet, with a rule of light for each reused value."""
    lit = map(_light, refs if len(refs) <= MOST_LIT else ())
    return "".join([face(), SHEET, *map(_colour, range(HUES)), *lit])


def _colour(hue: int) -> str:
    """Names end in a digit: it gives the colour, so the sheet does not grow with the page."""
    light, dark = LIGHT_DARK[hue]
    ends = ",".join(f'[data-ref$="{(hue + 1 + k) % 10}"]' for k in (0, HUES))
    return f":is({ends}){{--c:light-dark({light},{dark})}}\n"


def _light(ref: str) -> str:
    at = f'[data-ref="{ref}"]'
    pointed = f"body:has({at}:not(.def,.grp):is(:hover,:focus))"
    return (f"{pointed} .blk:not({at},:has({at})){{opacity:.72}}\n"
            f"{pointed} :is(.box{at},mrow{at},.grp{at}>.fs){{background:color-mix(in srgb,var(--c) 24%,var(--paper));"
            f"box-shadow:0 0 0 3px color-mix(in srgb,var(--c) 30%,transparent)}}\n")
