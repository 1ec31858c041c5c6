/** The commands of the palette and the menus, each registered as `turnwright.<name>`. */
export const commandNames = [
  "focus",
  "newThread",
  "askAboutSelection",
  "addFiles",
  "explainFile",
  "fixProblems",
  "compact",
  "stop",
  "tryDemo",
  "useLocalModel",
  "signIn",
  "signOut",
  "openSettings",
  "showLog",
  "restartServer",
  "acceptProposal",
  "rejectProposal",
] as const;
export type CommandName = (typeof commandNames)[number];
