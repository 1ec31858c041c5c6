/** The commands of the palette and the menus, each registered as `turnwright.<name>`. */
export const commandNames = [
  "focus",
  "newThread",
  "askAboutSelection",
  "explainFile",
  "fixProblems",
  "stop",
  "tryDemo",
  "signIn",
  "signOut",
  "openSettings",
  "showLog",
  "restartServer",
  "acceptProposal",
  "rejectProposal",
] as const;
export type CommandName = (typeof commandNames)[number];
