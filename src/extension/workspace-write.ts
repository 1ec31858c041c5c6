import * as z from "zod";

/** What workspace-write allows beyond the folder the agent works in. */
export interface WorkspaceWrite {
  /** Absolute. */
  readonly writableRoots: readonly string[];
  readonly networkAccess: boolean;
  readonly excludeTmpdirEnvVar: boolean;
  readonly excludeSlashTmp: boolean;
}

export const noWorkspaceWrite: WorkspaceWrite = {
  writableRoots: [],
  networkAccess: false,
  excludeTmpdirEnvVar: false,
  excludeSlashTmp: false,
};

/** The user's own limits for workspace-write, as far as the server's configuration states them. */
const WorkspaceWriteConfig = z.object({
  sandbox_workspace_write: z.object({
    writable_roots: z.array(z.string()).nullish(),
    network_access: z.boolean().nullish(),
    exclude_tmpdir_env_var: z.boolean().nullish(),
    exclude_slash_tmp: z.boolean().nullish(),
  }),
});

/** Reads the answer of `config/read`; what is not there, or not understood, allows nothing. */
export function workspaceWriteOf(config: unknown): WorkspaceWrite {
  const parsed = WorkspaceWriteConfig.safeParse(config);
  if (!parsed.success) return noWorkspaceWrite;
  const own = parsed.data.sandbox_workspace_write;
  return {
    writableRoots: own.writable_roots ?? [],
    networkAccess: own.network_access ?? false,
    excludeTmpdirEnvVar: own.exclude_tmpdir_env_var ?? false,
    excludeSlashTmp: own.exclude_slash_tmp ?? false,
  };
}
