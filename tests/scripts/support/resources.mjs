// The deploy files as auth0-deploy-cli reads them: JSON with keywords replaced, scripts and Action code in place of their
// paths. deploy.test.mjs holds what this gives against what the real tool sends.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** Like the tool: the quotes around a keyword go with it, and JSON comes in its place. */
function replaceKeywords(text, mappings) {
  return Object.entries(mappings).reduce(
    (done, [key, value]) => done.replaceAll(new RegExp(`"@@${key}@@"|@@${key}@@`, 'g'), () => JSON.stringify(value)), text);
}

export function loadResources(folder, mappings) {
  const text = (...parts) => replaceKeywords(readFileSync(path.join(folder, ...parts), 'utf8'), mappings);
  const list = (kind) => (existsSync(path.join(folder, kind)) ? readdirSync(path.join(folder, kind)) : []);
  const documents = (kind) => list(kind).filter((name) => name.endsWith('.json')).map((name) => JSON.parse(text(kind, name)));
  const databases = list('database-connections').map((name) => {
    const database = JSON.parse(text('database-connections', name, 'database.json'));
    const scripts = Object.entries(database.options.customScripts);
    database.options.customScripts = Object.fromEntries(
      scripts.map(([key, file]) => [key, text('database-connections', name, file)]));
    return database;
  });
  return {
    resourceServers: documents('resource-servers'),
    clients: documents('clients'),
    clientGrants: documents('grants'),
    databases,
    actions: documents('actions').map((action) => ({ ...action, code: text(action.code) })),
    triggers: documents('triggers')[0] ?? {},
  };
}
