// The history of the demo repository, as data: the same commits, byte for byte, on every machine.

/** @typedef {{ path: string, content: string, mode?: "100644" | "100755" }} File */
/** @typedef {{ message: string, author: string, files: File[] }} Commit */

const AUTHORS = ["Ada Moreau", "Bram Okafor", "Chiara Lindqvist", "Dev Patel"];

/** @type {[name: string, type: string, purpose: string][]} */
const DOMAINS = [
  ["accounts", "Account", "who may sign in, and what they may see"],
  ["baskets", "Basket", "what a customer means to buy"],
  ["catalogue", "Product", "what is for sale"],
  ["checkout", "Checkout", "from a basket to an order"],
  ["delivery", "DeliverySlot", "when a van comes"],
  ["discounts", "Discount", "vouchers and campaigns"],
  ["inventory", "StockLevel", "how many are left, and where"],
  ["invoices", "Invoice", "what the tax office wants to see"],
  ["notifications", "Notification", "mails and messages to customers"],
  ["orders", "Order", "what was bought"],
  ["payments", "Payment", "cards, transfers, refunds"],
  ["pricing", "PriceRule", "what a product costs, for whom, today"],
  ["returns", "ReturnRequest", "what comes back"],
  ["reviews", "Review", "what customers say"],
  ["search", "SearchQuery", "finding a product by words"],
  ["shipments", "Shipment", "parcels on their way"],
  ["suppliers", "Supplier", "where the goods come from"],
  ["taxes", "TaxRate", "what is added for the state"],
];

const START_SH = `#!/usr/bin/env bash
# Runs at every start of a sandbox, after the checkout and before the agent sees the repository.
set -euo pipefail
cd "$(dirname "$0")/.."

echo "writing config/local.json for branch $(git branch --show-current)"
mkdir -p config
cat > config/local.json <<JSON
{
  "commit": "$(git rev-parse --short HEAD)",
  "database": "sqlite:./data/shop.db",
  "modules": $(find src -mindepth 1 -maxdepth 1 -type d | wc -l)
}
JSON

echo "writing opencode.json, with one instruction file per module that has a README"
{
  printf '{\\n  "instructions": ["AGENTS.md"'
  find src -mindepth 2 -maxdepth 2 -name README.md | LC_ALL=C sort | while read -r readme; do
    printf ',\\n    "%s"' "$readme"
  done
  printf ']\\n}\\n'
} > opencode.json

echo "ready: $(git ls-files | wc -l) tracked files"
`;

// Of the repository, not of the stage, and without dependencies: it shows that the agent sees both.
const REPOSITORY_TOOL = `import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

export default {
  description: "Says what a module of the shop is for, and lists its files.",
  args: {},
  async execute(_args, context) {
    const source = join(context.worktree, "src");
    const modules = await readdir(source);
    const lines = await Promise.all(
      modules.sort().map(async (name) => {
        const readme = await readFile(join(source, name, "README.md"), "utf8");
        return \`- \${name}: \${readme.split("\\n")[2] ?? ""}\`;
      }),
    );
    return lines.join("\\n");
  },
};
`;

/** @type {File[]} */
const ROOT_FILES = [
  {
    path: ".gitignore",
    content: "node_modules/\ndist/\ndata/\nconfig/local.json\n/opencode.json\n",
  },
  {
    path: "package.json",
    content: `${JSON.stringify({ name: "shop", private: true, type: "module", version: "0.1.0" }, null, 2)}\n`,
  },
  {
    path: "README.md",
    content: "# shop\n\nA web shop with eighteen modules, made up for the sandboot demo.\n",
  },
  {
    path: "AGENTS.md",
    content:
      "# For agents\n\nOne module a folder in `src/`. A module imports another only through its `index.ts`.\nMoney is in cents, as integers.\n",
  },
  { path: ".openinspect/start.sh", content: START_SH, mode: "100755" },
  { path: ".opencode/tool/shop_modules.js", content: REPOSITORY_TOOL },
];

/** Commits of `main`, oldest first. */
export function mainHistory() {
  const added = DOMAINS.map((domain) => ({
    message: `Add ${domain[0]}: ${domain[2]}`,
    files: moduleFiles(domain, 1),
  }));
  const revised = DOMAINS.filter((_, index) => index % 2 === 0).map((domain) => ({
    message: `Let ${domain[0]} keep an audit trail`,
    files: moduleFiles(domain, 2).filter(({ path }) => /(service|events)\.ts$/.test(path)),
  }));
  const documented = DOMAINS.slice(0, 6).map(([name, type, purpose]) => ({
    message: `Describe how ${name} is used`,
    files: [
      { path: `docs/${name}.md`, content: `# ${name}\n\n${type}: ${purpose}.\n\n${usage(type)}` },
    ],
  }));
  return signed([
    { message: "Start the shop", files: ROOT_FILES },
    ...added,
    ...revised,
    ...documented,
  ]);
}

/** Commits of `feature/price-rules`, which branches off `main`, oldest first. It tracks more of `.opencode/`. */
export function featureHistory() {
  const rules = ["loyalty", "quantity", "season", "clearance"].map((rule) => ({
    message: `Add the ${rule} price rule`,
    files: [
      { path: `src/pricing/rules/${rule}.ts`, content: priceRule(rule) },
      { path: `src/pricing/rules/${rule}.test.ts`, content: priceRuleTest(rule) },
    ],
  }));
  return signed([
    ...rules,
    {
      message: "Give agents a command that reviews price rules",
      files: [
        {
          path: ".opencode/command/review-prices.md",
          content:
            "---\ndescription: Review the price rules\n---\nRead `src/pricing/rules/` and name two rules that can apply at once and disagree.\n",
        },
      ],
    },
  ]);
}

/** @param {{ message: string, files: File[] }[]} commits @returns {Commit[]} */
function signed(commits) {
  return commits.map((commit, index) => ({
    ...commit,
    author: AUTHORS[(index * 7) % AUTHORS.length] ?? "",
  }));
}

/** @returns {File[]} */
function moduleFiles([name, type, purpose], revision) {
  const at = (file) => `src/${name}/${file}`;
  const audit = revision > 1 ? "\n  readonly trail: string[] = [];\n" : "";
  return [
    { path: at("README.md"), content: `# ${name}\n\n${purpose}\n` },
    {
      path: at("index.ts"),
      content: `export * from "./model.ts";\nexport * from "./service.ts";\n`,
    },
    {
      path: at("model.ts"),
      content: `/** ${purpose} */\nexport interface ${type} {\n  readonly id: string;\n  readonly createdAt: Date;\n  readonly cents: number;\n}\n`,
    },
    {
      path: at("service.ts"),
      content: `import type { ${type} } from "./model.ts";\nimport type { ${type}Repository } from "./repository.ts";\n\nexport class ${type}Service {${audit}\n  constructor(private readonly repository: ${type}Repository) {}\n\n${usage(type)}}\n`,
    },
    {
      path: at("repository.ts"),
      content: `import type { ${type} } from "./model.ts";\n\nexport interface ${type}Repository {\n  find(id: string): Promise<${type} | undefined>;\n  save(value: ${type}): Promise<void>;\n}\n`,
    },
    {
      path: at("events.ts"),
      content: `export const ${name}Events = ["created", "changed"${revision > 1 ? ', "audited"' : ""}] as const;\n`,
    },
    { path: at("errors.ts"), content: `export class ${type}NotFound extends Error {}\n` },
    {
      path: at("routes.ts"),
      content: `export const ${name}Routes = ["GET /${name}", "GET /${name}/:id", "POST /${name}"];\n`,
    },
    {
      path: at("validation.ts"),
      content: `export function isId(value: string): boolean {\n  return /^${name.slice(0, 3)}_[a-z0-9]{12}$/.test(value);\n}\n`,
    },
    ...["model", "service", "routes"].map((subject) => ({
      path: at(`test/${subject}.test.ts`),
      content: `import { test } from "node:test";\n\ntest("${name}: ${subject}");\n`,
    })),
    ...[1, 2, 3].map((number) => ({
      path: at(`fixtures/${name}-${number}.json`),
      content: `${JSON.stringify({ id: `${name.slice(0, 3)}_${number}`, cents: number * 995 })}\n`,
    })),
  ];
}

function usage(type) {
  return `  async get${type}(id: string): Promise<${type} | undefined> {\n    return this.repository.find(id);\n  }\n`;
}

function priceRule(rule) {
  return `/** The ${rule} rule: cents in, cents out. */\nexport function ${rule}(cents: number, share: number): number {\n  return Math.round(cents * (1 - share));\n}\n`;
}

function priceRuleTest(rule) {
  return `import { strictEqual } from "node:assert";\nimport { test } from "node:test";\nimport { ${rule} } from "./${rule}.ts";\n\ntest("${rule} takes its share", () => {\n  strictEqual(${rule}(1000, 0.1), 900);\n});\n`;
}
