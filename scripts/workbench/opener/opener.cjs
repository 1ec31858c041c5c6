// Only in the profile of `npm start`: a fresh profile shows an empty side bar with another container in front. The extension itself
// opens nothing that the user did not ask for.
exports.activate = () => require("vscode").commands.executeCommand("turnwright.chat.focus");
