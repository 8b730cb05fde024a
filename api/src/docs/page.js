// Shows /openapi.json as a page, and lets readers try each operation. No library: what it needs is little.
'use strict';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

function element(name, properties, ...children) {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

function resolve(api, schema, depth = 0) {
  if (!schema || depth > 6) return schema;
  if (schema.$ref) return resolve(api, api.components.schemas[schema.$ref.split('/').pop()], depth + 1);
  return schema;
}

function sample(api, schema, depth = 0) {
  const found = resolve(api, schema);
  if (!found || depth > 5) return null;
  if (found.example !== undefined) return found.example;
  if (found.default !== undefined) return found.default;
  const either = found.oneOf || found.anyOf;
  if (either) return sample(api, either.find((one) => one.type !== 'null') || either[0], depth + 1);
  if (found.allOf) return Object.assign({}, ...found.allOf.map((part) => sample(api, part, depth + 1)));
  if (found.enum) return found.enum[0];
  const type = Array.isArray(found.type) ? found.type.find((one) => one !== 'null') : found.type;
  if (type === 'array') return [sample(api, found.items, depth + 1)];
  if (type === 'object') {
    const members = Object.entries(found.properties || {});
    return Object.fromEntries(members.map(([name, member]) => [name, sample(api, member, depth + 1)]));
  }
  return { string: '…', integer: 1, number: 1, boolean: true }[type] ?? null;
}

function table(headings, rows) {
  const head = element('tr', {}, ...headings.map((text) => element('th', { textContent: text })));
  const body = rows.map((row) => element('tr', {}, ...row.map((text) => element('td', { textContent: text ?? '' }))));
  return element('table', {}, head, ...body);
}

function members(api, schema) {
  const found = resolve(api, schema);
  const parts = found && found.allOf ? found.allOf.map((part) => resolve(api, part)) : [found];
  const rows = parts.flatMap((part) => Object.entries((part && part.properties) || {}).map(([name, member]) => {
    const type = resolve(api, member) || {};
    const shown = type.type || (member.$ref || '').split('/').pop() || '';
    const needed = (part.required || []).includes(name) ? 'required' : '';
    return [name, Array.isArray(shown) ? shown.join(' or ') : shown, needed, member.description || type.description];
  }));
  return rows.length ? table(['member', 'type', '', 'meaning'], rows) : null;
}

function tryIt(path, method, operation, body) {
  const inputs = (operation.parameters || []).map((parameter) => {
    const input = element('input', { name: parameter.name, placeholder: parameter.description || '' });
    return { parameter, input, row: element('label', {}, parameter.name + ' ', input, element('br')) };
  });
  const text = body === undefined ? null : element('textarea', { value: JSON.stringify(body, null, 2), spellcheck: false });
  const output = element('pre', { textContent: '' });
  const button = element('button', { type: 'button', textContent: 'Send' });
  button.addEventListener('click', async () => {
    let target = path;
    const query = new URLSearchParams();
    const headers = {};
    for (const { parameter, input } of inputs) {
      if (!input.value) continue;
      if (parameter.in === 'path') target = target.replace(`{${parameter.name}}`, encodeURIComponent(input.value));
      if (parameter.in === 'query') query.set(parameter.name, input.value);
      if (parameter.in === 'header') headers[parameter.name] = input.value;
    }
    const token = document.getElementById('token').value.trim();
    if (token) headers.Authorization = `Bearer ${token}`;
    if (text && text.value.trim()) headers['Content-Type'] = 'application/json';
    if ([...query].length) target += `?${query}`;
    output.textContent = `${method.toUpperCase()} ${target} …`;
    try {
      const answer = await fetch(target, { method: method.toUpperCase(), headers, body: (text && text.value.trim()) || undefined });
      const lines = [...answer.headers].map(([name, value]) => `${name}: ${value}`).join('\n');
      let shown = await answer.text();
      try { shown = JSON.stringify(JSON.parse(shown), null, 2); } catch { /* not JSON: shown as it is */ }
      output.textContent = `${answer.status} ${answer.statusText}\n${lines}\n\n${shown}`;
    } catch (error) {
      output.textContent = String(error);
    }
  });
  return element('div', {}, element('h4', { textContent: 'Try it' }), ...inputs.map(({ row }) => row), text, button, output);
}

function show(api, path, method, operation) {
  const inside = element('div', {});
  const details = element('details', { id: `${method}-${path}` },
    element('summary', {},
      element('span', { className: `method ${method}`, textContent: method }),
      element('code', { textContent: path }), ' ',
      element('span', { className: 'note', textContent: operation.summary || '' })),
    inside);
  details.addEventListener('toggle', () => {
    if (!details.open || inside.childNodes.length) return;
    const open = (operation.security || []).some((way) => Object.keys(way).length === 0);
    inside.append(element('p', { textContent: operation.description || '' }),
      element('p', { className: 'note', textContent: open ? 'Open to everybody.' : 'Needs an access token.' }));
    if ((operation.parameters || []).length) {
      inside.append(element('h4', { textContent: 'Parameters' }), table(['name', 'in', '', 'meaning'],
        operation.parameters.map((one) => [one.name, one.in, one.required ? 'required' : '', one.description])));
    }
    const schema = operation.requestBody?.content?.['application/json']?.schema;
    if (schema) inside.append(element('h4', { textContent: 'Body' }), members(api, schema) || '');
    inside.append(element('h4', { textContent: 'Answers' }));
    for (const [status, answer] of Object.entries(operation.responses || {})) {
      const content = Object.values(answer.content || {})[0];
      const example = content && (content.example ?? sample(api, content.schema));
      inside.append(element('details', {},
        element('summary', { textContent: `${status} ${answer.description || ''}` }),
        element('div', {}, (content && members(api, content.schema)) || '',
          example ? element('pre', { textContent: JSON.stringify(example, null, 2) }) : '')));
    }
    inside.append(tryIt(path, method, operation, schema ? sample(api, schema) : undefined));
  });
  return details;
}

async function start() {
  const api = await (await fetch('/openapi.json')).json();
  const main = document.getElementById('operations');
  const nav = document.getElementById('tags');
  main.textContent = '';
  for (const tag of api.tags || []) {
    const section = element('section', { id: tag.name }, element('h2', { textContent: tag.name }),
      element('p', { className: 'note', textContent: tag.description || '' }));
    for (const [path, item] of Object.entries(api.paths)) {
      for (const method of METHODS) {
        if (item[method] && (item[method].tags || []).includes(tag.name)) section.append(show(api, path, method, item[method]));
      }
    }
    main.append(section);
    nav.append(element('a', { href: `#${tag.name}`, textContent: tag.name }));
  }
  document.getElementById('find').addEventListener('input', (event) => {
    const word = event.target.value.toLowerCase();
    for (const one of main.querySelectorAll('section > details')) {
      one.classList.toggle('hidden', !one.querySelector('summary').textContent.toLowerCase().includes(word));
    }
  });
}

start().catch((error) => { document.getElementById('operations').textContent = String(error); });
