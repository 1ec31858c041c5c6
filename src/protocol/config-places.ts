/** Settings of the whole machine, made by its administrator; null on Windows, which has no such place. `platform` as Node names it. */
export const systemConfigPath = (platform: string): string | null =>
  platform === "win32" ? null : "/etc/turnwright/config.toml";
