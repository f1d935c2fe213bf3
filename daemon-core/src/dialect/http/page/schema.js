// JSON Schema, as far as daemons use it: types in words, values to begin with, what is wrong with a value.

let definitions = {};

const own = (object, key) => Object.hasOwn(object ?? {}, key) ? object[key] : undefined;

// Replaces a reference by what it refers to.
function resolve(schema, depth = 0) {
  const { $ref, allOf: [base] = [], ...others } = schema;
  if (depth > 8 || !($ref || base)) return schema;
  return { ...resolve(base ?? own(definitions, $ref.split('/').pop()) ?? {}, depth + 1), ...others };
}

const choicesOf = (schema) => schema.anyOf ?? schema.oneOf;

// Takes null off the types that a schema allows.
function withoutNull(schema) {
  const { type, anyOf } = schema;
  if (Array.isArray(type) && type.includes('null')) return { schema: { ...schema, type: type.find((one) => one !== 'null') }, isNullable: true };
  const rest = anyOf?.filter((choice) => choice.type !== 'null');
  if (!anyOf || rest.length === anyOf.length) return { schema, isNullable: false };
  const { anyOf: _, ...others } = schema;
  return { schema: rest.length === 1 ? { ...rest[0], ...others } : { ...others, anyOf: rest }, isNullable: true };
}

// The values that are allowed, if they are listed: pairs of the value and what it means.
function listed(schema) {
  const whole = resolve(schema);
  if (whole.type === 'boolean') return [[false, ''], [true, '']];
  if (Object.hasOwn(whole, 'const')) return [[whole.const, whole.description ?? '']];
  if (whole.enum) return whole.enum.map((value) => [value, '']);
  const lists = choicesOf(whole)?.map(listed);
  return lists?.every(Boolean) ? lists.flat() : undefined;
}

function bounds(schema) {
  const range = (least, most, unit) => {
    if (least === undefined && most === undefined) return [];
    if (most === undefined) return [`${compact(least)} or more${unit}`];
    if (least === undefined) return [`at most ${compact(most)}${unit}`];
    return [least === most ? compact(least) + unit : `${compact(least)} to ${compact(most)}${unit}`];
  };
  return [
    ...range(schema.minimum, schema.maximum, ''),
    ...range(schema.minLength, schema.maxLength, ' characters'),
    ...range(schema.minItems, schema.maxItems, ' items'),
    ...range(schema.minProperties, schema.maxProperties, ' members'),
    ...(schema.pattern === undefined ? [] : [`like ${schema.pattern}`]),
  ];
}

function typeName(schema, depth = 0) {
  if (!isTree(schema) || depth > 3) return 'any value';
  if (schema.allOf) return typeName(schema.allOf[0], depth);
  if (schema.$ref) return schema.$ref.split('/').pop();
  const { schema: inner, isNullable } = withoutNull(schema);
  if (isNullable) return `${typeName(inner, depth)} or null`;
  const values = schema.type !== 'boolean' && listed(schema);
  if (values) return values.length > 6 ? `one of ${values.length} values` : values.map(([value]) => compact(value)).join(' or ');
  const choices = choicesOf(schema)?.map((choice) => typeName(choice, depth + 1));
  if (choices && !schema.type) return [...new Set(choices)].join(' or ');
  const inside = schema.type === 'array' ? schema.items : schema.type === 'object' ? schema.additionalProperties : undefined;
  return [(schema.type ?? 'any value') + (isTree(inside) ? ` of ${typeName(inside, depth + 1)}` : ''), ...bounds(schema)].join(', ');
}

// A value to begin with.
function sample(schema, depth = 0) {
  const whole = resolve(schema);
  if (own(whole, 'default') !== undefined) return whole.default;
  if (whole.examples) return whole.examples[0];
  if (depth > 5) return null;
  const values = listed(whole);
  if (values) return values[0][0];
  if (choicesOf(whole)) return sample(choicesOf(whole)[0], depth + 1);
  switch (whole.type) {
    case 'object': return Object.fromEntries(Object.entries(whole.properties ?? {}).map(([name, member]) => [name, sample(member, depth + 1)]));
    case 'array': return (whole.prefixItems ?? []).map((item) => sample(item, depth + 1));
    case 'string': return '';
    case 'integer': case 'number': return whole.minimum ?? 0;
    default: return null;
  }
}

function typeOf(value) {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (value instanceof Exact) return isWhole(value.text) ? 'integer' : 'number';
  return Number.isInteger(value) ? 'integer' : typeof value;
}

function isLess(one, other) {
  const texts = [one, other].map(compact);
  return texts.every(isWhole) ? BigInt(texts[0]) < BigInt(texts[1]) : Number(texts[0]) < Number(texts[1]);
}

// Says what is wrong with a value; `undefined` if nothing is.
function mistake(value, schema, path = '', depth = 0) {
  if (!isTree(schema) || depth > 32) return undefined;
  const whole = resolve(schema);
  const wrong = `${path && path + ': '}expected ${typeName(schema.$ref && !whole.properties ? whole : schema)}`;
  const values = listed(whole);
  if (values) return values.some(([one]) => compact(one) === compact(value)) ? undefined : wrong;
  const choices = choicesOf(whole)?.map((choice) => mistake(value, choice, path, depth + 1));
  if (choices?.every(Boolean)) return choices.length === 1 ? choices[0] : wrong;
  const type = typeOf(value);
  const types = [whole.type ?? type].flat();
  if (!types.includes(type) && !(type === 'integer' && types.includes('number'))) return wrong;
  return isBeyond(value, type, whole) ? wrong : isTree(value) ? mistakeInside(value, type, whole, path, depth) : undefined;
}

// Whether a value is beyond the bounds of its type.
function isBeyond(value, type, { minimum, maximum, pattern, ...bounds }) {
  const kind = { string: 'Length', array: 'Items', object: 'Properties' }[type];
  if (kind) {
    const length = type === 'string' ? [...value].length : Object.keys(value).length;
    return length < bounds['min' + kind] || length > bounds['max' + kind] || (type === 'string' && pattern !== undefined && !fits(value, pattern));
  }
  return (minimum !== undefined && isLess(value, minimum)) || (maximum !== undefined && isLess(maximum, value));
}

function mistakeInside(value, type, schema, path, depth) {
  const missing = type === 'object' && schema.required?.find((name) => !Object.hasOwn(value, name));
  if (missing) return `\`${missing}\` is missing`;
  const mistakes = Object.entries(value).map(([key, member]) => {
    const known = type === 'array' ? own(schema.prefixItems, key) ?? schema.items : own(schema.properties, key) ?? schema.additionalProperties;
    return known === false ? `there is no \`${key}\`` : mistake(member, known, path ? `${path}.${key}` : key, depth + 1);
  });
  return mistakes.find(Boolean);
}

// Whether a text has a pattern. One that the browser cannot read is left to the daemon.
function fits(value, pattern) {
  try {
    return new RegExp(pattern, 'u').test(value);
  } catch {
    return true;
  }
}
