// A yardstick: the same lookup as a usual Node.js service would do it, with fastify and pg, over the
// same mutual TLS. It reads with one prepared statement per question and keeps NO access record, so
// it does less than the registry. One process.
'use strict';

const fs = require('node:fs');
const fastify = require('fastify');
const { Pool } = require('pg');

const LOOKUP = {
  name: 'eligibility_find',
  text: 'SELECT person_id, version, body FROM registry.eligibility_find($1::int4[], $2::text[], $3::date[])',
};

const DAY_ZERO = Date.UTC(2000, 0, 1);

// PostgreSQL's binary record and array formats, as far as dossiers use them; see schema/dossier.md.
class Reader {
  constructor(buffer) {
    this.buffer = buffer;
    this.at = 0;
  }

  int32() {
    const number = this.buffer.readInt32BE(this.at);
    this.at += 4;
    return number;
  }

  value(oid, length) {
    const start = this.at;
    const end = start + length;
    let result;
    switch (oid) {
      case 21: result = this.buffer.readInt16BE(start); break;
      case 23: result = this.buffer.readInt32BE(start); break;
      case 20: result = this.buffer.readBigInt64BE(start).toString(); break;
      case 25: result = this.buffer.toString('utf8', start, end); break;
      case 1082:
        result = new Date(DAY_ZERO + this.buffer.readInt32BE(start) * 86400000).toISOString().slice(0, 10);
        break;
      default: result = this.array(); break;
    }
    this.at = end;
    return result;
  }

  record() {
    const fields = new Array(this.int32());
    for (let i = 0; i < fields.length; i++) {
      const oid = this.int32();
      const length = this.int32();
      fields[i] = length < 0 ? null : this.value(oid, length);
    }
    return fields;
  }

  array() {
    const dimensions = this.int32();
    this.at += 8;
    if (dimensions === 0) return [];
    const rows = new Array(this.int32());
    this.at += 4;
    for (let i = 0; i < rows.length; i++) {
      this.at += 4;
      rows[i] = this.record();
    }
    return rows;
  }
}

const part = (text) => (text || '').normalize('NFKC').toUpperCase().replace(/[^0-9A-Z\p{L}]/gu, '').replace(/^0+/, '');
const cardKey = (q) => `${q.insurer_number.padStart(8, '0')}:${part(q.symbol)}:${part(q.number)}`;

function coverageView(person, coverage) {
  const [, insurer, cardClass, symbol, number, branch, , , relation, insuredName, acquired, lost, , issued,
    cardFrom, cardTo, , , , ratios, elderly, ceilings] = coverage;
  return {
    insurer_number: insurer,
    card_class: cardClass,
    symbol,
    number,
    branch_number: branch,
    relation,
    insured_name: insuredName,
    name: person[2],
    name_kana: person[3],
    sex: person[6],
    birth_date: person[8],
    address: person[9],
    post_number: person[10],
    acquired_on: acquired,
    lost_on: lost,
    issued_on: issued,
    card_valid_from: cardFrom,
    card_expires_on: cardTo,
    burden_ratio: ratios.length > 0 ? ratios[0][2] : null,
    elderly: elderly.length > 0 ? { from: elderly[0][1], until: elderly[0][2], ratio: elderly[0][3] } : null,
    ceiling: ceilings.length > 0 ? { class: ceilings[0][1], from: ceilings[0][3], until: ceilings[0][4] } : null,
  };
}

function answerOf(rows, day) {
  const advice = 'The registry answers as of the day asked about. Ask again later if in doubt.';
  if (rows.length === 0) return { validity: '4', reason: 'not_found', coverage: [], as_of: day, advice };
  if (rows.length > 1) return { validity: '5', reason: 'ambiguous', coverage: [], as_of: day, advice };
  const person = new Reader(rows[0].body).record();
  const holding = person[13].filter((c) => c[10] <= day && (c[11] === null || c[11] > day));
  return {
    validity: holding.length > 0 ? '1' : '2',
    reason: holding.length > 0 ? 'in_force' : 'lost',
    coverage: holding.map((coverage) => coverageView(person, coverage)),
    as_of: day,
    advice,
  };
}

const nullable = { type: ['string', 'null'] };
const answerSchema = {
  type: 'object',
  properties: {
    validity: { type: 'string' },
    reason: { type: 'string' },
    coverage: { type: 'array', items: { type: 'object', additionalProperties: true } },
    as_of: nullable,
    advice: { type: 'string' },
  },
};

const questionSchema = {
  type: 'object',
  required: ['insurer_number', 'number', 'birth_date'],
  properties: {
    insurer_number: { type: 'string' },
    symbol: { type: 'string' },
    number: { type: 'string' },
    branch_number: { type: 'string' },
    birth_date: { type: 'string' },
    asked_on: { type: 'string' },
  },
};

async function main() {
  const environment = process.env;
  const pool = new Pool({ max: Number(environment.POOL || 8) });
  const server = fastify({
    logger: false,
    keepAliveTimeout: 3600000,
    https: {
      key: fs.readFileSync(environment.KEY),
      cert: fs.readFileSync(environment.CERT),
      ca: fs.readFileSync(environment.CA),
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.3',
    },
  });
  server.post('/v1/eligibility/check', {
    schema: { body: questionSchema, response: { 200: answerSchema } },
    handler: async (request, reply) => {
      const question = request.body;
      const day = question.asked_on || new Date(Date.now() + 9 * 3600000).toISOString().slice(0, 10);
      const found = await pool.query({ ...LOOKUP, values: [[null], [cardKey(question)], [question.birth_date]] });
      reply.header('X-Request-Id', request.headers['x-request-id'] || '');
      return answerOf(found.rows, day);
    },
  });
  const stop = async () => {
    await server.close();
    await pool.end();
    process.exit(0);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  await server.listen({ host: '127.0.0.1', port: Number(environment.PORT) });
}

main().catch((fault) => {
  process.stderr.write(`yardstick: ${fault.message}\n`);
  process.exit(1);
});
