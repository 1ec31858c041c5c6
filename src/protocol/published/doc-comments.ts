// Written by `npm run docs`; do not edit.

/** What comments in the sources say, by definition, path of a member, or name of a method or notification. */
export const docComments: Readonly<Record<string, string>> = {
  "AccountGatewayOAuthChangedNotification.authUrl": "Where the user has to go in a browser.",
  "AccountGatewayOAuthChangedNotification.loginId": "Of a sign-in with a device code.",
  "AccountGatewayOAuthReadResponse.required": "The provider signs in by OAuth.",
  "AccountGatewayOAuthReadResponse.status": "Null where nothing is required.",
  "AccountLoginStartParams.storage":
    "Turnwright's: `memory` keeps the key in this process only; the client stores it. Default: a 0600 file in the home.",
  AnyItem:
    "What a client accepts: a known item, or any other object with a type and an id. A known type in a bad shape is refused.",
  AskForApproval: "When the user is asked before a command runs or a file outside the writable roots changes.",
  BackgroundTerminal: "A command of the thread that goes on by itself: no call of the model waits for it.",
  "BackgroundTerminal.command": "As it was asked for, without the shell that runs it.",
  "BackgroundTerminal.processId": "Names it in `thread/backgroundTerminals/terminate`.",
  CodexErrorInfo:
    "Machine-readable cause of a failed turn or a retry. Words a client does not know are kept as they are.",
  CollaborationMode:
    "Plan mode: the agent may look and run read-only commands; patches are refused and it proposes a plan instead.",
  "CollaborationModeListResponse.data.model": "Null: the thread's.",
  CommandAction:
    "What a command does, as far as it is understood, for a readable rendering. Never the ground for a decision.",
  "CommandApprovalParams.availableDecisions": "Answers that make sense. Those that only another server knows are kept.",
  "CommandApprovalParams.kind":
    "Only `command` here; `writeStdin` is input for a command that runs, `humanCommand` one that the user typed.",
  "CommandApprovalParams.reason": "Why the model, or the server, wants this to run outside the sandbox.",
  "CommandApprovalParams.turnwright.dangerous": "Marked by the server; only a modal may accept it, never a webview.",
  "CommandApprovalParams.turnwright.script": "The command as the model wrote it, without the shell around it.",
  "CommandApprovalParams.turnwright.unsandboxed": "True when nothing confines the command once it is accepted.",
  "CommandExecOutputDeltaNotification.capReached": "This is the last delta of the stream, since the cap is reached.",
  "CommandExecParams.command": "Program and arguments; no shell reads them.",
  "CommandExecParams.cwd": "Absolute, or relative to the server's own folder, which is the default.",
  "CommandExecParams.env": "Over the usual environment; null takes a variable away.",
  "CommandExecParams.outputBytesCap": "Per stream; default 1 MiB. What comes after it is dropped.",
  "CommandExecParams.permissionProfile": "A named policy instead: `:read-only`, `:workspace`, `:danger-full-access`.",
  "CommandExecParams.processId": "Names the process for `write`, `terminate` and the deltas; needed for these.",
  "CommandExecParams.sandboxPolicy": "Default: what is configured for the folder.",
  "CommandExecParams.streamStdoutStderr": "Output comes as `command/exec/outputDelta` instead of in the answer.",
  "CommandExecParams.timeoutMs": "Default 10,000. A command that takes longer is ended, with exit code 124.",
  "CommandExecParams.tty": "Asks for a terminal; what a server without one does instead, it says in its documentation.",
  "CommandExecResponse.exitCode": "124 after a timeout, 128 + N when signal N ended it.",
  "CommandExecutionItem.aggregatedOutput":
    "At most 1 MiB: head and tail of a longer output; the whole is kept under the home. Null while open and when empty.",
  "ConfigBatchWriteParams.expectedVersion": "Version of the file's layer by `config/read`; another one is refused.",
  "ConfigBatchWriteParams.filePath": "Absolute; only the home's config.toml is written, which is the default.",
  "ConfigBatchWriteParams.reloadUserConfig": "Loaded threads keep what they were started with either way.",
  "ConfigBatchWriteResponse.status": "`okOverridden`: written, but a stronger layer says otherwise.",
  ConfigEdit: "One value for config.toml. `keyPath` is dotted with quotes as in TOML; a null `value` removes the key.",
  "ConfigEdit.mergeStrategy": "`upsert` merges a table into the one that is there.",
  "ConfigReadParams.cwd": "Absolute: with the configuration of the project that this folder lies in.",
  "ConfigReadResponse.config": "snake_case keys as in config.toml; what is unset is null or absent.",
  "ConfigReadResponse.layers":
    "Strongest first. `disabledReason`: why the layer, of a project that is not trusted, has no effect.",
  "ConfigReadResponse.origins": "Dotted key to the layer that set it.",
  "ConfigValueWriteParams.expectedVersion": "Version of the file's layer by `config/read`; another one is refused.",
  "ConfigValueWriteParams.filePath": "Absolute; only the home's config.toml is written, which is the default.",
  "ConfigValueWriteResponse.status": "`okOverridden`: written, but a stronger layer says otherwise.",
  ContextCompactionItem: "The model no longer sees the earlier part of the conversation word for word; the user does.",
  "ContextCompactionItem.summary": "Turnwright's: what the model goes on with, where it can be read.",
  EditorApplyEditParams:
    "Turnwright's: the editor writes a file on the server's behalf, so that open documents keep their undo stack and text that the user typed is never overwritten. Asked only of clients with the capability `editorWriter`.",
  "EditorApplyEditParams.baseHash":
    "SHA-256 (hex) of the bytes on disk that the edit is based on; null: the file must not exist.",
  "EditorApplyEditParams.text": "The new text; null deletes the file.",
  EditorState:
    "Turnwright's: what the user has before them in the editor. Names only; the agent reads the files themselves.",
  "EditorState.activePath": "The file that the user looks at, absolute; null: none.",
  "EditorState.openPaths": "Files that are open beside it, absolute.",
  "EditorState.selection": "Lines of it that are selected, from 1; null: nothing is.",
  "FileChangeApprovalParams.turnwright.files":
    "One entry per file, in the order of the item's changes. `proposed` is null for a deletion, `base` null for a new file.",
  "FileChangeApprovalParams.turnwright.files.baseHash":
    "SHA-256 (hex) of the file's bytes when the patch was verified; null for a new file.",
  "FileChangeApprovalResponse.turnwright":
    "Turnwright's: answers per file, by path; a file that is not named follows `decision`.",
  FileChoice: "A file, as the agent is told of it: relative to the folder in which it works, else absolute.",
  "FileUpdateChange.diff": "The file's content for add and delete, a unified diff without file headers for update.",
  "FileUpdateChange.path": "Absolute.",
  "FsGetMetadataResponse.createdAtMs": "Unix ms; 0 where the file system does not tell.",
  "FsGetMetadataResponse.isSymlink": "The other members speak of what the link leads to.",
  "FuzzyFileSearchParams.cancellationToken":
    "A request ends an earlier one with the same token, which finds nothing then.",
  "FuzzyFileSearchResponse.files.indices": "Which characters of `path` (code points) matched, ascending.",
  "FuzzyFileSearchResponse.files.path": "Relative to the root.",
  "FuzzyFileSearchResponse.files.root": "As the client wrote it.",
  "FuzzyFileSearchResponse.files.score": "Higher is better; a match within the name goes before any other.",
  "FuzzyFileSearchSessionUpdatedNotification.files.indices":
    "Which characters of `path` (code points) matched, ascending.",
  "FuzzyFileSearchSessionUpdatedNotification.files.path": "Relative to the root.",
  "FuzzyFileSearchSessionUpdatedNotification.files.root": "As the client wrote it.",
  "FuzzyFileSearchSessionUpdatedNotification.files.score":
    "Higher is better; a match within the name goes before any other.",
  "GetAuthStatusResponse.authToken": "Always null here: keys do not travel back.",
  "InitializeResponse.codexHome": "Absolute path of the state directory.",
  "InitializeResponse.extensions": "Present when the server is Turnwright's own.",
  LocalModelServer: "A model server that runs on this machine and offers at least one model.",
  "LocalModelServer.access":
    "`noEndpoint`: it does not speak the format of its provider, usually since its version has no Responses API. `needsKey`: it answers only to those who have its key.",
  "LocalModelServer.models": "Names of its models, in the server's order.",
  "LocalModelServer.name": "For people: `Ollama`.",
  "LocalModelServer.provider": "Id of the provider, for `modelProvider` and `model_provider`.",
  "ModelProviderListResponse.canChangeDefault": "False when something stronger than config.toml says which.",
  ModelProviderSummary: "A provider that threads can use.",
  "ModelProviderSummary.baseUrl": "Ends before `/responses`; null where the program decides.",
  "ModelProviderSummary.canEdit": "False for those that the program defines.",
  PromptChoice: "A message that is written down. `argumentHint`: what to write behind the name.",
  QueuedSubmission:
    "A message that waits for its turn. `id` is the server's; `clientUserMessageId` comes back on the item of the message.",
  RateLimitSnapshot: "What a provider last said of its limits.",
  "RateLimitSnapshot.primary.resetsAt": "Unix seconds.",
  "RateLimitSnapshot.secondary.resetsAt": "Unix seconds.",
  ReasoningEffort: "Provider-defined word such as `low`, `medium`, `high`.",
  "ReasoningItem.content": "Raw reasoning text, where the model gives it.",
  "ReasoningItem.summary": "Summary parts, in order.",
  ReviewEdits:
    "Turnwright's opt-in: what happens to a patch inside the writable roots. `ask`: the call waits for the user and nothing is written until then; `after`: written at once and reviewed later. Absent: `after`, as other clients expect.",
  SandboxMode: "The short form of a sandbox, as `thread/start` takes it.",
  SandboxPolicy: "What a command may touch, in full, as `turn/start` takes it and every response reports it.",
  SkillChoice: "A skill that can be called.",
  SkillMention: "A skill that goes along with a message.",
  "SkillsConfigWriteParams.path": "Absolute path of its SKILL.md.",
  "SkillsListParams.cwds": "Without one, the folder in which the server runs; relative ones begin there.",
  "SkillsListResponse.data.cwd": "As the client wrote it.",
  "SkillsListResponse.data.errors": "Files that look like a skill and are none, with what to mend.",
  "SkillsListResponse.data.skills": "Those of the project from its root down to the folder, then the user's own.",
  "SkillsListResponse.data.skills.description": "When it is of use; one line.",
  "SkillsListResponse.data.skills.enabled":
    "False: turned off. The model does not hear of it, and it cannot be called.",
  "SkillsListResponse.data.skills.path": "Absolute path of its SKILL.md, as a `skill` input names it.",
  "SkillsListResponse.data.skills.pluginId": "Always null here.",
  "SkillsListResponse.data.skills.scope":
    "Turnwright has `user` (the state directory) and `repo` (`.agents/skills` of the project).",
  Thread: "A conversation. Times are Unix seconds; `path` is the rollout file, null when ephemeral.",
  "Thread.preview": "The first words of the user; empty before the first turn.",
  "ThreadCompactStartParams.instructions":
    "Turnwright's opt-in: what the summary is to keep, or to leave out, in the user's words.",
  "ThreadForkParams.beforeTurnId":
    "The first turn that it does not take; instead of `lastTurnId`. Neither: all that is completed.",
  "ThreadForkParams.config": "Dotted configuration keys, as `-c` takes them.",
  "ThreadForkParams.excludeTurns": "`thread.turns` of the answer is empty; they can be read page by page.",
  "ThreadForkParams.lastTurnId": "The last turn that the fork takes.",
  ThreadItemsListParams: "Oldest first unless `sortDirection` says otherwise.",
  "ThreadItemsListParams.turnId": "Null: items of all turns.",
  ThreadListParams:
    "Newest first by creation unless said otherwise. Of each filter that is a list, null or none but for `cwd` means all.",
  "ThreadListParams.archived": "True: the archived ones instead of the others.",
  "ThreadListParams.cwd": "The working directory, or several.",
  "ThreadListParams.parentThreadId": "No thread of this server has any of these.",
  "ThreadListParams.searchTerm": "In the name or in the first words of the user, however they are written.",
  "ThreadResumeParams.afterSequence":
    "Turnwright's: the number of the last notification that the client has seen; what came after it is sent again, and no turns.",
  "ThreadResumeParams.config": "Dotted configuration keys, as `-c` takes them.",
  "ThreadResumeParams.excludeTurns": "`thread.turns` of the answer is empty; they can be read page by page.",
  "ThreadResumeParams.initialTurnsPage": "The first page of thread/turns/list, as it is at the instant of the answer.",
  "ThreadResumeParams.initialTurnsPage.itemsView":
    "Summary unless said otherwise: what the user wrote, and the last answer.",
  "ThreadResumeResponse.initialTurnsPage":
    "Null: none was asked for, or what came after `afterSequence` is sent in its place.",
  "ThreadResumeResponse.instructionSources": "Absolute paths of the AGENTS.md files in use.",
  "ThreadResumeResponse.isReplayed":
    "Turnwright's, present if `afterSequence` was asked for. False: that is too long ago, and the answer is a whole one.",
  "ThreadResumeResponse.reviewEdits": "Turnwright's: the review in force, for clients that opted in.",
  "ThreadResumeResponse.sequence":
    "Turnwright's: the number of the last notification of the thread that this answer includes, for clients that opted in.",
  "ThreadResumeResponse.turnsBackwardsCursor":
    "Pages of turns and of items that begin with the newest one and go back; null: there is none, or no turns are sent.",
  "ThreadRevertResponse.turnsBackwardsCursor":
    "Where pages of turns and of items, newest first, begin now; null when nothing is left.",
  "ThreadSearchOccurrencesResponse.data.snippetMatchRange": "In UTF-16 units of the snippet.",
  "ThreadSearchOccurrencesResponse.data.turnCursor": "For thread/turns/list: the turn, and what stands beside it.",
  "ThreadSearchResponse.data.match":
    "Turnwright's, for clients that opted in: the item of the snippet; null when only the name of the thread has the term.",
  "ThreadSearchResponse.data.snippet": "The newest place in the thread that has the term, on one line.",
  ThreadSettings: "What the later turns of a thread run under.",
  "ThreadSettings.reviewEdits": "Turnwright's: the review in force, for clients that opted in.",
  ThreadShellCommandParams:
    "A command line of the user's own; it runs without a sandbox, so no view of the editor may ask for it.",
  "ThreadShellCommandParams.timeoutMs": "Then it is ended; null: it may take as long as it likes.",
  "ThreadStartParams.config": "Dotted configuration keys, as `-c` takes them.",
  "ThreadStartParams.experimentalRawEvents": "The history and the responses of the model are told as they are, too.",
  "ThreadStartResponse.instructionSources": "Absolute paths of the AGENTS.md files in use.",
  "ThreadStartResponse.reviewEdits": "Turnwright's: the review in force, for clients that opted in.",
  "ThreadStartResponse.sequence":
    "Turnwright's: the number of the last notification of the thread that this answer includes, for clients that opted in.",
  "ThreadTokenUsage.cost.currency": "As configured: `USD`.",
  "ThreadTokenUsage.cost.last":
    "Of the last response; null when its model has no price, and after a compaction, when `last` of the tokens is an estimate.",
  "ThreadTokenUsage.cost.turn":
    "Of the responses with a price in this turn and in the thread, as far as they have this currency.",
  "ThreadTurnsListParams.itemsView": "Summary unless said otherwise: what the user wrote, and the last answer.",
  TokenUsageBreakdown: "Tokens of one response (`last`) or of the whole thread (`total`).",
  "Turn.startedAt": "Unix seconds.",
  "TurnError.retryInMs":
    "Turnwright's opt-in: how long until the next attempt, for a countdown. Only with `willRetry`.",
  TurnStartParams: "Overrides stick for this and later turns of the thread.",
  "TurnStartParams.editor": "Turnwright's opt-in: what the user has before them; the model is told when it changes.",
  TurnwrightCapability:
    "What a client opts into, beyond the common protocol. Every member is optional; absent means off.",
  "TurnwrightCapability.editorWriter": "Answers `editor/applyEdit`.",
  "TurnwrightCapability.review":
    "Understands the `turnwright` member of approvals, answers per file, and `reviewEdits`.",
  "TurnwrightCapability.sequence":
    "Wants numbered notifications (`sequence` in their params), to come back to a thread with `afterSequence`.",
  "TurnwrightPromptsExpandParams.arguments": "What the user wrote behind the name.",
  "TurnwrightPromptsExpandParams.path": "As `turnwright/prompts/list` gave it.",
  "TurnwrightPromptsListResponse.data.argumentHint": "What to write behind the name, for people: `FILE [FOCUS]`.",
  "TurnwrightPromptsListResponse.data.description": "One line.",
  "TurnwrightPromptsListResponse.data.name": "Without the slash.",
  "TurnwrightPromptsListResponse.data.path": "Absolute path of the file.",
  "TurnwrightPromptsListResponse.errors": "Files that are no prompt, with what to mend.",
  UnknownItem: "An item of a type that this version does not know (from a newer or another server); shown plainly.",
  UserInput: "One part of what the user sends.",
  WebSearchAction: "What a search of the provider's own did.",
  WebSearchItem: "The provider searched the web or looked at a page; nothing of it ran here.",
  "WebSearchItem.query": "What was looked for, or where; empty while open.",
  "account/gatewayOAuth/cancel": "Gives up the sign-in that runs, if one does.",
  "account/gatewayOAuth/changed": "The sign-in of a provider stands differently. Told to every client.",
  "account/gatewayOAuth/login":
    "Signs in. Through the browser: the user goes to the `authUrl` of the notification, and the answer comes when it is done; the connection's end gives it up. With `deviceAuth`: the answer tells what to show, and the notification how it ended. One sign-in runs at a time.",
  "account/gatewayOAuth/read": "How the sign-in of a provider stands; without `modelProvider`, of the configured one.",
  "account/login/cancel": "Gives up a sign-in with a device code, by the `loginId` of its prompt.",
  "account/login/completed": "How a login ended.",
  "account/login/start": "Takes an API key. The other kinds of sign-in are refused with advice.",
  "account/logout": "Forgets keys and sign-ins.",
  "account/rateLimits/read": "What the provider last said of its limits.",
  "account/rateLimits/updated": "Limits that the provider told.",
  "account/read": "Whether there is a key, and whether one is needed. Never the key itself.",
  "account/updated": "The key came or went. Told to every client.",
  "collaborationMode/list": "Modes that `turn/start.collaborationMode` takes.",
  "command/exec":
    "Runs one command, outside of any thread and confined by a sandbox, and answers when it has ended. It ends with the connection.",
  "command/exec/outputDelta": "Output of a command that was begun with `streamStdoutStderr` or a terminal.",
  "command/exec/resize": "Changes the size of the terminal of a command.",
  "command/exec/terminate": "Ends a command with everything it started. `command/exec` answers then.",
  "command/exec/write": "Writes to the standard input of a command, or closes it.",
  "config/batchWrite": "Writes several values into `config.toml`, all or none.",
  "config/read": "The configuration in force, and which layer set what.",
  "config/value/write":
    "Writes one value into `config.toml`; comments and layout stay. The whole file must be valid afterwards.",
  "configRequirements/read": "What an administrator demands; there is nothing of the kind.",
  configWarning: "A part of the configuration has no effect.",
  deprecationNotice: "What the client does has a better way.",
  "editor/applyEdit": "Asks the client to write a file itself. Only to clients that opted in.",
  error:
    "The model could not be reached or refused. `willRetry`: the turn goes on; otherwise `turn/completed` follows.",
  "experimentalFeature/list": "Features that can be switched on or off; there are none.",
  "fs/changed": "Something changed at a path that this client watches; several changes may come as one.",
  "fs/copy": "Copies a file, or with `recursive` a folder.",
  "fs/createDirectory":
    "Makes a folder. `recursive` (default) makes parents too, and takes a folder that exists for made.",
  "fs/getMetadata": "What a path leads to.",
  "fs/readDirectory": "What is directly in a folder.",
  "fs/readFile": "Reads a whole file.",
  "fs/remove":
    "Removes a file or folder. `recursive` (default) takes what is in a folder along; `force` (default) is content when nothing is there.",
  "fs/unwatch": "Ends a watch.",
  "fs/watch":
    "Watches a file or folder for this client. It need not exist yet, the folder it is in must. Of a folder, what lies directly in it is watched.",
  "fs/writeFile": "Replaces the whole file at once. The folder must exist.",
  fuzzyFileSearch: "Files whose path has the letters of the query in this order, best first.",
  "fuzzyFileSearch/sessionCompleted": "The last update was the final one for its query.",
  "fuzzyFileSearch/sessionStart":
    "Begins a search whose query will change, as a user types; the list of files is kept meanwhile.",
  "fuzzyFileSearch/sessionStop": "Ends a session.",
  "fuzzyFileSearch/sessionUpdate": "Sets the query of a session.",
  "fuzzyFileSearch/sessionUpdated": "The best files so far, best first.",
  getAuthStatus: "How requests are signed. The key itself is never told.",
  gitDiffToRemote:
    "What the working tree, untracked files included, has on top of the newest commit that a remote is known to have.",
  "host/expandPrompt": "Fills a prompt in; nothing is sent. Refused with what is missing.",
  "host/findFiles": "Files of the workspace, best first; an earlier request that still runs finds nothing.",
  initialize: "The first request of a connection: who the client is and what it opts into.",
  initialized: "The client has read the answer to `initialize`. Not needed; requests are served before it.",
  "item/agentMessage/delta": "Text to append to the message.",
  "item/commandExecution/outputDelta": "Output to append.",
  "item/commandExecution/requestApproval":
    "Whether a command may run outside the sandbox, or at all. The first answer of any client counts; to the others the request is withdrawn by `serverRequest/resolved`.",
  "item/completed": "An item as it is for good: it replaces whatever its deltas added up to.",
  "item/fileChange/requestApproval":
    "Whether a change of files may be written. The first answer of any client counts; to the others the request is withdrawn by `serverRequest/resolved`.",
  "item/reasoning/summaryPartAdded": "A new part of the summary begins.",
  "item/reasoning/summaryTextDelta": "Text to append to that part of the summary.",
  "item/reasoning/textDelta": "Text to append to the raw reasoning, where the model gives it.",
  "item/started": "An item is open.",
  "model/list": "Models of a provider, a page at a time.",
  "modelProvider/capabilities/read":
    "Tools that the configured provider itself runs and that are offered to the model.",
  "modelProvider/list": "Providers that threads can use, and which one is the default.",
  "permissionProfile/list": "Names of sandboxes.",
  "rawResponse/completed": "A response of the model has ended.",
  "rawResponseItem/completed": "An item of the model's history, as it is sent.",
  "remoteControl/status/changed": "Sent once after `initialize`; always `disabled` here.",
  "serverRequest/resolved":
    "A request of the server needs no answer any more: it was answered, here or elsewhere, or withdrawn.",
  "skills/changed":
    "What `skills/list` said is out of date: a skill was turned on or off, which is told to every client, or something changed where skills are, which is told to the clients that asked for skills there. The list may be the same.",
  "skills/config/write":
    "Turns a skill on or off, in `[[skills.config]]` of `config.toml`: one by its path, or all of a name.",
  "skills/list":
    "The skills for each of the folders. They are read anew for every request, so `forceReload` changes nothing.",
  "thread/archive":
    "Puts a thread away: a running turn is interrupted, its rollout moves to the archived ones. It can be read and listed, not resumed.",
  "thread/archived": "Told to every client.",
  "thread/backgroundTerminals/clean": "Ends all of them.",
  "thread/backgroundTerminals/list": "Commands of the thread that go on by themselves, a page at a time.",
  "thread/backgroundTerminals/terminate":
    "Ends one of them. The answer comes when the process is gone; false: there was none.",
  "thread/closed": "Nobody followed the thread for a while, and it is not loaded any more. Told to every client.",
  "thread/compact/start":
    "Makes the context of a thread smaller, as a turn of its own: what was said is replaced, for the model, by a summary; the transcript stays whole. A failure is a failed turn, and the thread goes on as it was. A message that is sent meanwhile is answered in the same turn.",
  "thread/delete": "Removes a thread with everything that was kept of it. A running turn is interrupted.",
  "thread/deleted": "Told to every client.",
  "thread/fork":
    "Begins a thread with the history of another one, up to a turn, and subscribes the connection to it. The history is shared, not copied.",
  "thread/inject_items":
    "Appends items to what the model reads next, without a turn. They are no items of a turn, so nothing is shown.",
  "thread/items/list": "Items of a thread, or of one of its turns, a page at a time.",
  "thread/list": "Stored threads, newest first, a page at a time and without their turns.",
  "thread/loaded/list": "Ids of the threads that this process has loaded, a page at a time.",
  "thread/metadata/update": "Corrects what is known of the repository that a thread works in.",
  "thread/name/set": "Names a thread.",
  "thread/name/updated": "Told to every client.",
  "thread/queue/add":
    "Puts a message behind the running turn. It becomes a turn of its own when the thread has nothing to do.",
  "thread/queue/changed": "The client lists the queue again.",
  "thread/queue/delete": "Takes a message out of the queue.",
  "thread/queue/list": "Messages that wait, in their order, a page at a time.",
  "thread/queue/reorder": "Puts all messages that wait into another order.",
  "thread/queue/start": "Begins a turn with a message that waits, as after a turn that was stopped or failed.",
  "thread/queue/update": "Replaces what a message that waits says.",
  "thread/read": "Reads a thread, loaded or not, without subscribing to it.",
  "thread/resume":
    "Loads a thread again, with the settings it had, and subscribes the connection to it. Works for one that is loaded already.",
  "thread/revert": "Takes a turn and all later ones out of the history. Nothing on disk is undone.",
  "thread/reverted": "Turns were taken out of the history. Told to every client.",
  "thread/search": "Full-text search over all stored threads, a page at a time, each hit with its newest place.",
  "thread/searchOccurrences": "Where a text occurs in one thread, a page at a time.",
  "thread/settings/update":
    "As the overrides of `turn/start`, without a turn. While one runs, permissions hold at once and the rest from the next turn on.",
  "thread/settings/updated": "What later turns run under has changed.",
  "thread/shellCommand":
    "Runs a command line of the user, without a sandbox: as a turn of its own, or beside the turn that runs. The model hears of it with its next request.",
  "thread/start":
    "Begins a thread and subscribes the connection to it. Nothing is written before its first turn. Settings that are left out come from the configuration.",
  "thread/started": "A thread has begun, by this connection or another way.",
  "thread/status/changed": "What a thread is doing.",
  "thread/tokenUsage/updated": "After each response of the model.",
  "thread/turns/list": "Turns of a thread, a page at a time.",
  "thread/unarchive": "Brings an archived thread back.",
  "thread/unarchived": "Told to every client.",
  "thread/unsubscribe": "The connection hears no more of the thread. It stays loaded, and a turn that runs goes on.",
  "turn/completed": "A turn has ended, well or not; `turn.status` says how. No notification of the turn follows.",
  "turn/diff/updated": "Everything the turn has changed on disk so far, as one unified diff.",
  "turn/interrupt":
    "Ends the turn that runs: what streamed so far is kept, its commands are ended, each open item is completed.",
  "turn/plan/updated": "The agent has written or changed its plan; the whole plan each time.",
  "turn/settings/update":
    "Holds for the next requests of that turn, and for no other one. `targetUnavailable`: the turn does not run (any more).",
  "turn/start":
    "Begins a turn with what the user says. While a turn runs it steers that one, and the answer carries its id. The answer comes at once; what happens is told by notifications.",
  "turn/started": "A turn runs.",
  "turn/steer":
    "Adds to the turn that runs. The words reach the model at the next safe point; nothing that streamed is dropped.",
  "turnwright/localModels/list":
    "Model servers that run on this machine. It looks now, which takes two seconds at most.",
  "turnwright/prompts/expand":
    "The text of a prompt with its placeholders filled in, to be sent as a message. Nothing is sent by this.",
  "turnwright/prompts/list":
    "The prompts for a folder: `prompts/*.md` of the state directory, then, where the configuration trusts the project, those in `.turnwright/prompts` from the folder up to the project's root. Of two with one name, the first is the one that `/name` means.",
  warning: "Something the user should know that stops nothing.",
};
