/** Look of the page. Colours are from the palette of Okabe and Ito, which colour-blind people can tell apart. */
export const style = `
:root { color-scheme: light dark; --ink: #1b1f24; --quiet: #59636e; --faint: #b4bcc5; --line: #dfe3e8; --ground: #ffffff; --band: #f4f6f8;
  --default: #0072b2; --row: #1b1f24; --reference: #d55e00; --target: #b8860b; --edge: #d55e00; --good: #007a57; --bad: #b3261e;
  --series-1: #d55e00; --series-2: #009e73; --series-3: #cc79a7; --series-4: #b8860b; --series-5: #56b4e9; --series-6: #6a3d9a }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ec; --quiet: #9aa4ae; --faint: #5a646e; --line: #333b44; --ground: #14181c; --band: #1d2329;
  --default: #56b4e9; --row: #e6e9ec; --reference: #e69f00; --target: #f0e442; --edge: #e69f00; --good: #3ecf9f; --bad: #ff8a80;
  --series-1: #e69f00; --series-2: #3ecf9f; --series-3: #e79ac4; --series-4: #f0e442; --series-5: #ff8a80; --series-6: #b39ddb } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 1060px; padding: 24px 20px 64px; color: var(--ink); background: var(--ground);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif }
h1 { margin: 0 0 12px; font-size: 28px; line-height: 1.2 } h2 { margin: 40px 0 8px; font-size: 19px }
header p { max-width: 78ch; margin: 0 0 10px } .lead { font-size: 17px }
.over, .note, small { color: var(--quiet) } .over { margin: 0 0 4px; font-size: 13px } .note { max-width: 90ch; margin: 4px 0 12px; font-size: 13px }
.warning { border-left: 4px solid var(--reference); padding-left: 10px }
.scroll { overflow-x: auto } table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums }
th, td { padding: 4px 7px; text-align: left; white-space: nowrap; border-bottom: 1px solid var(--line) }
thead th { color: var(--quiet); font-weight: 600; vertical-align: bottom } thead tr:first-child th[colspan] { text-align: center; border-bottom: 0 }
tbody th { font-weight: 500 } .number { text-align: right } .main { background: var(--band) } .main th, .main td { font-weight: 700 }
.holds { color: var(--good); font-weight: 700 } .fails { color: var(--bad); font-weight: 700 } #aims td:last-child, #aims td:nth-child(2) { white-space: normal }
.legend { margin: 0 0 8px; font-size: 13px } .legend span { display: inline-block; margin-right: 18px; white-space: nowrap } .legend svg { display: inline-block; margin-right: 6px; vertical-align: middle }
details { font-size: 13px; color: var(--quiet) } details dl { font-size: 13px } summary { cursor: pointer }
.family th { padding-top: 14px; font-weight: 600; color: var(--quiet) } #earnings p { max-width: 90ch; margin: 0 0 8px } #earnings p:first-of-type { font-size: 16px }
details.family-panels { margin: 6px 0 10px; color: inherit } .family-panels > summary { font-weight: 600; font-size: 14px; margin-bottom: 6px }
.half { display: grid; grid-template-columns: repeat(auto-fill, minmax(480px, 1fr)); gap: 18px 16px }
.panels { display: grid; grid-template-columns: repeat(auto-fill, minmax(236px, 1fr)); gap: 14px 10px }
figure { margin: 0 } figcaption { font-size: 13px; font-weight: 600; padding-left: 4px } svg { max-width: 100%; height: auto; display: block }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 4px 18px; font-size: 14px; margin: 8px 0 } dt { font-weight: 600 } dd { margin: 0; overflow-wrap: anywhere }
code { font: 12px/1.4 ui-monospace, SFMono-Regular, Consolas, monospace }
@media (max-width: 640px) { dl { grid-template-columns: 1fr } dd { margin-bottom: 6px } }
@media print { body { max-width: none } section { break-inside: avoid } }
`
