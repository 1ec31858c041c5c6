import eslint from "typescript-eslint";

/**
 * The arrows between folders are held by the tsconfig projects: an import from a project that is not referenced does
 * not compile. The zones below hold what a compiler cannot see: the arrows inside core, and the packages a folder may use.
 */
const zone = (files, patterns) => ({
  files,
  rules: { "no-restricted-imports": ["error", { patterns }] },
});
const noVscode = {
  group: ["vscode", "vscode-languageclient", "vscode-languageclient/*"],
  message: "Only src/extension knows the editor.",
};
const only = (allowed, message) => ({ regex: `^(?!\\.|${allowed.join("|")})`, message });

export default eslint.config(
  {
    ignores: ["dist/", ".types/", "media/sample-workspace/", "test/fixtures/", "test-results/", "**/*.mjs", "**/*.cjs"],
  },
  ...eslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/consistent-type-definitions": "off",
      "@typescript-eslint/no-confusing-void-expression": "off",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "@typescript-eslint/require-await": "off",
      // Deprecated by its author to make it stand out. An issuer on this machine cannot be had otherwise.
      "@typescript-eslint/no-deprecated": [
        "error",
        { allow: [{ from: "package", package: "oauth4webapi", name: "allowInsecureRequests" }] },
      ],
      "no-console": "error",
      eqeqeq: "error",
    },
  },
  zone(["src/protocol/**"], [only(["zod$"], "The protocol depends on zod only.")]),
  zone(
    ["src/rpc/**"],
    [only(["zod$", "vscode-jsonrpc", "node:stream$"], "rpc depends on the protocol and vscode-jsonrpc only.")],
  ),
  zone(["src/client/**"], [only(["zod$"], "The client is pure: no Node, no editor, no page.")]),
  zone(["src/core/**", "src/app-server/**", "src/cli/**", "src/demo/**", "webview-ui/**"], [noVscode]),
  // core: the bottom rooms do not know each other; the turn machine knows types only.
  zone(["src/core/turn/machine.ts"], [only([], "The machine imports types of this project only."), noVscode]),
  zone(
    ["src/core/{patch,exec,config,auth,model,mcp,commands,files,git,search}/**"],
    [
      {
        regex: "^\\.\\./(turn|thread|tools|prompt)/",
        message: "The bottom rooms of core do not import the upper ones.",
      },
      noVscode,
    ],
  ),
  zone(
    ["src/core/{config,auth}/**"],
    [
      {
        regex: "^\\.\\./(turn|thread|tools|prompt|patch|exec|model|mcp)/",
        message: "config and auth stand alone; the composition root hands them over.",
      },
      noVscode,
    ],
  ),
  { files: ["bench/**", "src/cli/**"], rules: { "no-console": "off" } },
);
