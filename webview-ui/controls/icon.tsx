/** Glyphs of the codicon font, VS Code's own icons. Decoration only: what an icon means is always said in words beside it. */
const glyphs = {
  add: "\uea60",
  account: "\ueb99",
  arrowDown: "\uea9a",
  arrowUp: "\ueaa1",
  beaker: "\uea79",
  book: "\ueaa4",
  check: "\ueab2",
  checklist: "\ueab3",
  chevronDown: "\ueab4",
  chevronRight: "\ueab6",
  circleFilled: "\uea71",
  circleOutline: "\ueabc",
  circleSlash: "\ueabd",
  close: "\uea76",
  copy: "\uebcc",
  diff: "\ueae1",
  diffMultiple: "\uec23",
  edit: "\uea73",
  error: "\uea87",
  eye: "\uea70",
  file: "\uea7b",
  fold: "\ueaf5",
  folder: "\uea83",
  info: "\uea74",
  insert: "\uec11",
  lightbulb: "\uea61",
  loading: "\ueb19",
  newFile: "\uea7f",
  output: "\ueb9d",
  passFilled: "\uebb3",
  refresh: "\ueb37",
  rocket: "\ueb44",
  search: "\uea6d",
  selection: "\ueb85",
  send: "\uec0f",
  server: "\ueb50",
  settings: "\ueb51",
  shield: "\ueb53",
  sparkle: "\uec10",
  terminal: "\uea85",
  thinking: "\uec59",
  unlock: "\ueb74",
  untrusted: "\uebc2",
  warning: "\uea6c",
} as const;

export type IconName = keyof typeof glyphs;

export function Icon({ name, isSpinning = false }: { name: IconName; isSpinning?: boolean }) {
  return (
    <span class={isSpinning ? "icon spinning" : "icon"} aria-hidden="true">
      {glyphs[name]}
    </span>
  );
}
