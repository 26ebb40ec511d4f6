"""How the pages look: compact, sober, the same in both themes. Loads nothing."""

from __future__ import annotations

from kgreview.ui.palette import palette
from kgreview.ui.text import plain


def desk_css(*, dark: bool, title: str = "") -> str:
    """Write the style sheet of the pages, in a ``<style>`` element.

    ``title`` stands in the page's head: which of several projects is open.
    """
    c = palette(dark)
    return f"""<style>
.stAppHeader::after {{content: "{_css_text(plain(title, 40))}"; position: absolute; right: 14rem;
  top: 50%; transform: translateY(-50%); font-size: .82rem; color: {c.quiet}; max-width: 16rem;
  overflow: hidden; text-overflow: ellipsis; white-space: nowrap; pointer-events: none}}
/* who reviews, in the header beside the title */
[data-testid="stLayoutWrapper"]:has(> .st-key-who) {{position: absolute; width: 0; height: 0}}
.st-key-who {{position: fixed; z-index: 999991; top: .35rem; right: 3.4rem; width: 10rem;
  align-items: end}}
.st-key-who button {{min-height: 2rem; padding: 0 .3rem; color: {c.quiet}}}
.st-key-who button p {{font-size: .82rem; max-width: 9.6rem; overflow: hidden;
  text-overflow: ellipsis; white-space: nowrap}}
.stMainBlockContainer {{padding: 3.1rem 1.6rem .4rem; max-width: 1720px}}
.stApp, .stAppHeader {{background: {c.background}}}
.stAppHeader {{height: 2.7rem; min-height: 2.7rem}}
.stMainBlockContainer > .stVerticalBlock, .st-key-desk {{gap: .45rem}}

.kg-heading {{display: grid; grid-template-columns: 1fr auto 1fr; column-gap: 1.5rem;
  align-items: center; line-height: 1.25; color: {c.text}}}
.kg-heading h2 {{font-size: 1.3rem; font-weight: 650; padding: 0; margin: 0; letter-spacing: 0;
  overflow: hidden; text-overflow: ellipsis; white-space: nowrap}}
.kg-heading section {{min-width: 0}}
.kg-heading section:last-child {{text-align: right}}
.kg-heading small {{display: block; font-size: .8rem; color: {c.quiet}; overflow: hidden;
  text-overflow: ellipsis; white-space: nowrap}}
.kg-heading a {{color: inherit}}
.kg-score {{text-align: center; min-width: 11rem}}
.kg-score b {{font-size: 1.55rem; font-weight: 650; font-variant-numeric: tabular-nums}}
.kg-score b.kg-words {{font-size: 1rem; color: {c.quiet}}}
.kg-score i {{display: block; height: 5px; border-radius: 3px; background: {c.line}66;
  overflow: hidden; margin: 2px auto 0; width: 10rem}}
.kg-score i span {{display: block; height: 100%; background: {c.accent}}}

.kg-score {{position: relative}}
.kg-waterfall > summary {{cursor: pointer; list-style: none}}
.kg-waterfall > summary::-webkit-details-marker {{display: none}}
.kg-waterfall > summary > span::after {{content: " ▾"; color: {c.quiet}}}
.kg-waterfall[open] > summary > span::after {{content: " ▴"}}
/* over the page, which it does not push down */
.kg-fall {{position: absolute; z-index: 1000; top: calc(100% + .4rem); left: 50%;
  transform: translateX(-50%); width: min(46rem, 94vw); max-height: calc(100vh - 9rem);
  overflow: auto; box-sizing: border-box; padding: .6rem .9rem; text-align: left;
  font-size: .82rem; line-height: 1.35; color: {c.text}; background: {c.background};
  border: 1px solid {c.line}; border-radius: 6px; box-shadow: 0 4px 18px rgba(0, 0, 0, .25)}}
.kg-fall p {{margin: 0 0 .4rem; color: {c.quiet}; font-size: .78rem}}
.kg-bar {{display: grid; grid-template-columns: 13rem 1fr 3.6rem; gap: .7rem;
  align-items: center; line-height: 1.45}}
.kg-bar span {{overflow: hidden; text-overflow: ellipsis; white-space: nowrap}}
.kg-fall .kg-bar b {{font-size: .82rem; font-weight: 400; text-align: right;
  font-variant-numeric: tabular-nums}}
.kg-fall summary {{cursor: pointer; list-style: none}}
.kg-fall summary::-webkit-details-marker {{display: none}}
.kg-fall summary span::before {{content: "▸ "; color: {c.quiet}}}
.kg-fall [open] > summary span::before {{content: "▾ "}}
.kg-parts .kg-bar span {{padding-left: 1.1rem; color: {c.quiet}}}
.kg-total {{margin-top: .25rem; border-top: 1px solid {c.line}88; padding-top: .25rem}}
.kg-fall .kg-total b {{font-weight: 650}}
:is(.kg-score, .kg-worth) .kg-track {{position: relative; width: auto; height: .72rem; margin: 0;
  background: {c.panel}; border-radius: 2px}}
:is(.kg-score, .kg-worth) .kg-track i {{position: absolute; top: 0; width: auto; height: 100%;
  margin: 0; border-radius: 1px; background: none}}
:is(.kg-score, .kg-worth) .kg-track .kg-for {{background: {c.diverging[-1]}}}
:is(.kg-score, .kg-worth) .kg-track .kg-against {{background: {c.diverging[0]}}}
:is(.kg-score, .kg-worth) .kg-track .kg-zero {{border-left: 1px solid {c.quiet}; border-radius: 0}}

.kg-worth {{color: {c.text}; font-size: .82rem}}
.kg-worth p {{margin: 0 0 .5rem; color: {c.quiet}; font-size: .82rem}}
.kg-worth h4 {{font-size: .85rem; font-weight: 650; padding: 0; margin: .6rem 0 .2rem}}
.kg-halves {{display: grid; grid-template-columns: 1fr 1fr; column-gap: 2.5rem}}
.kg-worth .kg-bar {{grid-template-columns: 11rem 3rem 1fr 3rem 9.5rem}}
.kg-worth .kg-bar b {{font-weight: 400; text-align: right; font-variant-numeric: tabular-nums}}
.kg-worth .kg-bar b:nth-of-type(2) {{text-align: left}}
.kg-worth small {{color: {c.quiet}; white-space: nowrap; overflow: hidden;
  text-overflow: ellipsis}}
.kg-worth .kg-track .kg-between {{background: {c.line}}}
.kg-worth .kg-track .kg-size {{background: {c.accent}}}

.kg-line {{display: flex; justify-content: space-between; gap: 1.5rem; font-size: .82rem;
  color: {c.quiet}; white-space: nowrap; line-height: 1.3}}
.kg-line span:first-child {{overflow: hidden; text-overflow: ellipsis}}
.kg-line b {{color: {c.text}; font-weight: 600; font-variant-numeric: tabular-nums}}

.st-key-bar {{gap: .4rem; align-items: center; flex-wrap: nowrap; min-height: 2.2rem}}
.st-key-bar button {{min-height: 2.1rem; padding: .1rem .65rem; white-space: nowrap}}
.st-key-bar button[kind="tertiary"] {{padding: .1rem .3rem; color: {c.quiet}}}
.st-key-bar [class*="st-key-match-"] button {{border-color: {c.match}; color: {c.match}}}
.st-key-bar [class*="st-key-no_match-"] button {{border-color: {c.centre}; color: {c.centre}}}
.st-key-bar .stHtml {{min-width: 0; flex: 1 1 0}}
.kg-said {{font-size: .82rem; color: {c.quiet}; padding-left: .4rem; animation: kg-said .8s;
  white-space: nowrap; overflow: hidden; text-overflow: ellipsis}}
@keyframes kg-said {{from {{background: {c.accent}66}} to {{background: transparent}}}}
.kg-notice {{font-size: .85rem; line-height: 1.25; color: {c.text}; padding: 1px 0 1px .7rem;
  border-left: 3px solid {c.shared}}}
.kg-notice p {{margin: 0}}
[data-testid="stLayoutWrapper"]:has(> [class*="st-key-script-"]) {{display: none}}
:root {{--kg-table: 25.4vh}}
div.st-key-others.st-key-others {{gap: 0; height: clamp(8rem, var(--kg-table), 24rem);
  max-height: clamp(8rem, var(--kg-table), 24rem); overflow-y: auto;
  padding: 2px; flex-wrap: nowrap; border: 1px solid {c.line}88; border-radius: 6px}}
.st-key-others .stElementContainer {{height: 1.31rem; flex: none}}
.st-key-others button {{min-height: 0; height: 1.31rem; padding: 0 .4rem}}
.st-key-others button > div, .st-key-others button > div > span {{width: 100%}}
.st-key-others button [data-testid="stMarkdownContainer"] {{flex: 1; text-align: left}}
.st-key-others button p {{font-size: .82rem; font-variant-numeric: tabular-nums}}
.st-key-others [data-testid="stCaptionContainer"] p {{font-size: .76rem; padding: .1rem .4rem}}
.st-key-others .stElementContainer:has([data-testid="stCaptionContainer"]) {{height: auto}}
.st-key-bar > :last-child {{margin-left: auto}}
.st-key-bar > :last-child:has(.st-key-find-back) {{margin-left: 0}}
[data-testid="stPopoverBody"] {{width: 34rem; max-width: 34rem}}
[data-testid="stPopoverBody"] .stVerticalBlock {{gap: .5rem}}
.kg-past {{margin-top: .3rem}}
.kg-past th {{width: 6rem}}
/* its download would not keep spreadsheets from running what a cell says */
[data-testid="stElementToolbar"] {{display: none}}
.st-key-history_form {{align-items: end}}
.kg-bulk p {{margin: .3rem 0}}
button[kind^="primary"], button[kind^="primary"]:is(:hover, :focus, :active) {{
  background: {c.button}; border-color: {c.button}; color: #fff}}
button[kind^="primary"]:hover {{filter: brightness(1.12)}}

/* attributes and canvas share what the window leaves below the decision bar */
.kg-scroll {{height: clamp(8rem, var(--kg-table), 24rem); overflow: auto;
  border: 1px solid {c.line}88; border-radius: 6px}}
.kg-attributes {{width: 100%; border-collapse: collapse; table-layout: fixed; margin: 0;
  font-size: .82rem; line-height: 1.35; color: {c.text}}}
.kg-attributes col:nth-child(1) {{width: 15%}}
.kg-attributes col:nth-child(4) {{width: 7.5rem}}
.kg-attributes tr {{border-bottom: 1px solid {c.line}55}}
.kg-attributes th, .kg-attributes td {{padding: 3px 9px; text-align: left; vertical-align: top;
  border: 0; overflow-wrap: anywhere}}
.kg-attributes th {{font-weight: 400; color: {c.quiet}}}
.kg-attributes .kg-equal td, .kg-attributes .kg-verdict {{color: {c.quiet}}}
.kg-attributes .kg-verdict {{text-align: right}}
.kg-attributes .kg-verdict small {{display: block; line-height: 1.2; font-size: .7rem}}
.kg-attributes .kg-different .kg-verdict:nth-child(4) {{color: {c.centre}}}
.kg-attributes mark {{color: inherit; border-radius: 2px; padding: 0}}
.kg-removed {{background: {c.removed}}}
.kg-added {{background: {c.added}}}
.kg-none {{color: {c.quiet}; font-style: italic}}
.kg-or {{color: {c.quiet}}}
.kg-tag {{color: {c.quiet}; font-size: .7rem; white-space: nowrap}}

/* what is not of the pair in the heading, see guard.js */
html[data-kg-apart~="table"] .kg-scroll, html[data-kg-apart~="others"] .st-key-others,
html[data-kg-apart~="canvas"] .st-key-desk iframe {{visibility: hidden}}
.st-key-desk iframe {{height: clamp(270px, 100vh - var(--kg-table) - 190px, 900px) !important;
  border: 1px solid {c.line}88; border-radius: 6px; display: block}}
.kg-why {{color: {c.text}; font-size: .9rem; line-height: 1.45}}
.kg-why p, .kg-why ol {{margin: 0 0 .4rem}}
.kg-why h4 {{font-size: 1rem; font-weight: 650; padding: 0; margin: .2rem 0 .3rem}}
.kg-why .kg-attributes {{margin-top: -.2rem}}
.kg-attributes .kg-group {{padding-top: 9px; font-weight: 600; color: {c.text}}}
.kg-attributes thead th {{color: {c.text}; overflow-wrap: anywhere}}
.kg-empty {{max-width: 40rem; margin: 12vh auto 1rem; text-align: center; color: {c.text}}}
.kg-empty h2 {{font-size: 1.4rem; font-weight: 650}}
.kg-empty p {{color: {c.quiet}; line-height: 1.5}}
.kg-empty code {{font-size: .9em; color: {c.text}; overflow-wrap: anywhere}}

/* a phone: everything under each other, what is wide is pushed sideways and not shrunk */
@media (max-width: 700px) {{
  .stMainBlockContainer {{padding: 3.1rem .8rem .4rem}}
  .kg-heading {{grid-template-columns: 1fr 1fr; row-gap: .3rem}}
  .kg-heading .kg-score {{order: -1; grid-column: 1 / 3}}
  .kg-heading :is(h2, small), .kg-line, .kg-said {{white-space: normal; overflow-wrap: anywhere}}
  .kg-halves {{grid-template-columns: 1fr}}
  .kg-line {{flex-direction: column; gap: 0}}
  .st-key-bar {{flex-wrap: wrap}}
  .st-key-bar > :last-child {{margin-left: 0}}
  .st-key-bar .stHtml {{flex-basis: 100%}}
  .kg-scroll .kg-attributes {{min-width: 38rem}}
  .st-key-desk .stElementContainer:has(> iframe), .stElementContainer:has(.stImage) {{
    overflow-x: auto}}
  .st-key-desk iframe {{width: 1040px !important; max-width: none; height: 400px !important}}
  .stImage img {{width: 1040px !important; max-width: none !important}}
  [data-testid="stPopoverBody"] {{width: 94vw}}
}}
</style>"""


def table_css(share: float) -> str:
    """Give the attribute table a share of the window's height; the canvas has what is left."""
    return f"<style>:root {{--kg-table: {share:.1%}}}</style>".replace("%", "vh")


def _css_text(text: str) -> str:
    """Write a string as it may stand between quotes, with nothing in it that ends anything."""
    return "".join(
        sign if sign.isalnum() and sign.isascii() else f"\\{ord(sign):x} " for sign in text
    )
