import { expect, test } from "vitest";
import { hostFolderAt, planMounts, type MountRequest } from "../../../../src/core/exec/sandbox/mounts.ts";

const nothing: MountRequest = {
  writable: [],
  visible: [],
  protected: [],
  pinned: [],
  tempDir: null,
  tempMount: null,
  emptied: [],
  hiddenFolders: [],
  hiddenFiles: [],
};

test("a read-only policy mounts nothing", () => {
  expect(planMounts(nothing)).toEqual([]);
});

test("parents come before children, protections after what they protect", () => {
  expect(planMounts({ ...nothing, writable: ["/w/sub", "/w"], protected: ["/w/.git", "/w/sub/.git"] })).toEqual([
    { kind: "write", path: "/w" },
    { kind: "read", path: "/w/.git" },
    { kind: "write", path: "/w/sub" },
    { kind: "read", path: "/w/sub/.git" },
  ]);
});

test("folders on the way to a nested repository are pinned, and stay writable", () => {
  expect(planMounts({ ...nothing, writable: ["/w"], pinned: ["/w/a"], protected: ["/w/a/.git"] })).toEqual([
    { kind: "write", path: "/w" },
    { kind: "write", path: "/w/a" },
    { kind: "read", path: "/w/a/.git" },
  ]);
});

test("a temp dir inside of a hidden home is shown, the rest of the home is not", () => {
  const plan = planMounts({
    ...nothing,
    tempDir: "/home/u/.t/tmp/1",
    tempMount: "/tmp",
    hiddenFolders: ["/home/u/.t"],
  });
  expect(plan).toEqual([
    { kind: "hideFolder", path: "/home/u/.t", hasVisible: true },
    { kind: "write", path: "/home/u/.t/tmp/1" },
    { kind: "private", path: "/tmp", source: "/home/u/.t/tmp/1" },
  ]);
});

test("a workspace under /tmp is seen although /tmp is the thread's own", () => {
  const plan = planMounts({ ...nothing, writable: ["/tmp/w"], tempDir: "/var/t", tempMount: "/tmp" });
  expect(plan).toContainEqual({ kind: "write", path: "/tmp/w" });
  const readOnly = planMounts({ ...nothing, visible: ["/tmp/w"], tempDir: "/var/t", tempMount: "/tmp" });
  expect(readOnly).toContainEqual({ kind: "read", path: "/tmp/w" });
});

test("what cannot be seen anyway is not hidden again, or its place would be made inside of the temp dir", () => {
  const plan = planMounts({
    ...nothing,
    tempDir: "/var/t",
    tempMount: "/tmp",
    emptied: ["/run"],
    hiddenFolders: ["/tmp/s"],
    hiddenFiles: ["/run/k"],
  });
  expect(plan.map((mount) => mount.path)).toEqual(["/run", "/tmp", "/var/t"]);
});

test("hiding wins over writing the very same path", () => {
  const plan = planMounts({
    ...nothing,
    writable: ["/w", "/w/keys"],
    protected: ["/w/keys/.git"],
    hiddenFolders: ["/w/keys"],
    hiddenFiles: ["/w/.env"],
  });
  expect(plan).toEqual([
    { kind: "write", path: "/w" },
    { kind: "hideFile", path: "/w/.env" },
    { kind: "hideFolder", path: "/w/keys", hasVisible: false },
  ]);
});

test("a folder whose name merely begins alike is not inside", () => {
  const plan = planMounts({
    ...nothing,
    tempDir: "/var/t",
    tempMount: "/tmp",
    hiddenFolders: ["/tmp2"],
  });
  expect(plan.map((mount) => mount.path)).toEqual(["/tmp", "/tmp2", "/var/t"]);
});

test("what a command finds at a path is the host's folder, one of the temp dir, or nothing", () => {
  const plan = planMounts({
    ...nothing,
    visible: ["/home/u/.t/w"],
    tempDir: "/var/t",
    tempMount: "/tmp",
    emptied: ["/run"],
    hiddenFolders: ["/home/u/.t"],
    hiddenFiles: ["/etc/key"],
  });
  const places = ["/etc", "/home/u/.t/w/a", "/var/t/b", "/tmp/b", "/run", "/tmpfiles"];
  expect(places.map((path) => hostFolderAt(plan, path))).toEqual([
    "/etc",
    "/home/u/.t/w/a",
    "/var/t/b",
    "/var/t/b",
    "/run",
    "/tmpfiles",
  ]);
  for (const path of ["/home/u/.t", "/home/u/.t/sessions", "/run/user/0", "/etc/key"])
    expect(hostFolderAt(plan, path)).toBeNull();
});
