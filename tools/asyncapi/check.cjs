// Parses AsyncAPI documents with the official parser and prints one JSON object per document:
// {file, messages, diagnostics}. Run where the parser is installed; the paths are the arguments.
const { createRequire } = require("node:module");
const { Parser, fromFile } = createRequire(`${process.cwd()}/`)("@asyncapi/parser");

async function check(file) {
  const { document, diagnostics } = await fromFile(new Parser(), file).parse();
  const messages = document ? document.allMessages().all().map((each) => each.name()) : null;
  const found = diagnostics.map((each) => `${each.path.join("/")}: ${each.message}`);
  console.log(JSON.stringify({ file, messages, diagnostics: found }));
}

(async () => {
  for (const file of process.argv.slice(2)) await check(file);
})();
