import { expect, test } from "vitest";
import { explainFailure } from "../../../../src/core/exec/sandbox/probe.ts";

const open = { isAppArmorRestricting: false, areNamespacesOff: false };

test("AppArmor's restriction is named with the command that lifts it", () => {
  const text = explainFailure("bwrap: setting up uid map: Permission denied\n", {
    ...open,
    isAppArmorRestricting: true,
  });
  expect(text).toContain("sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0");
});

test("switched-off user namespaces are named with the command that allows them", () => {
  const text = explainFailure("bwrap: No permissions to create new namespace", { ...open, areNamespacesOff: true });
  expect(text).toContain("kernel.unprivileged_userns_clone=1");
});

test("a container without namespaces is told how to be started", () => {
  expect(explainFailure("bwrap: Can't mount proc on /newroot/proc: Operation not permitted", open)).toContain(
    "--security-opt",
  );
});

test("an old bubblewrap is told its age, and any other failure is quoted", () => {
  expect(explainFailure("bwrap: Unknown option --perms", open)).toContain("0.5 or newer");
  expect(explainFailure("bwrap: something else", open)).toBe('bubblewrap says "bwrap: something else".');
  expect(explainFailure("", open)).toBe("bubblewrap did not run.");
});
