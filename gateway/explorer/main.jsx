/**
 * The GraphQL explorer of the gateway: GraphiQL beneath a sign-in bar. The only script of ours on the page; `build.mjs` bundles it.
 * It speaks to the gateway that served the page and to nobody else. Tokens live in memory and in this tab's sessionStorage,
 * never in localStorage, where GraphiQL keeps queries and their history.
 */
import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { GraphiQL } from 'graphiql';
import { createClient } from 'graphql-ws';
import { useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { createRoot } from 'react-dom/client';
import 'graphiql/style.css';
import './main.css';
import exampleQuery from './example.graphql';

const GRAPHQL_PATH = '/graphql';
const SIGN_IN_PATH = '/v1/auth/sign-in';
const REFRESH_PATH = '/v1/auth/refresh';
const STORAGE_KEY = 'rapport.explorer.session';
const REFRESH_BEFORE_MS = 30_000;
const AUTH_TIMEOUT_MS = 15_000;

/* Monaco asks for its workers by label; they lie beside this script and carry its version, so that caches never mix two builds. */
globalThis.MonacoEnvironment = {
  getWorker(_id, label) {
    const name = label === 'graphql' || label === 'json' ? label : 'editor';
    const { search } = new URL(import.meta.url);
    return new Worker(new URL(`${name}.worker.js${search}`, import.meta.url), { type: 'module' });
  },
};

/**
 * Who is signed in: null, or { workspace, email, accessToken, refreshToken, expiresAt } with expiresAt in milliseconds since 1970.
 * A typed-in token has neither workspace nor refreshToken and is used as it is. React follows it through `subscribe` and `current`.
 */
const session = {
  value: JSON.parse(sessionStorage.getItem(STORAGE_KEY) ?? 'null'),
  listeners: new Set(),
  renewal: null,

  subscribe(listener) {
    session.listeners.add(listener);
    return () => session.listeners.delete(listener);
  },

  current() {
    return session.value;
  },

  set(value) {
    session.value = value;
    if (value) sessionStorage.setItem(STORAGE_KEY, JSON.stringify(value));
    else sessionStorage.removeItem(STORAGE_KEY);
    for (const listener of session.listeners) listener();
  },

  async signIn({ workspace, email, password }) {
    const tokens = await post(SIGN_IN_PATH, { workspace, email, password });
    session.set({ workspace, email, ...readTokens(tokens) });
  },

  /** The access token, renewed if it ends within half a minute; null when nobody is signed in. */
  async bearer() {
    const { refreshToken, expiresAt } = session.value ?? {};
    if (refreshToken && Date.now() > expiresAt - REFRESH_BEFORE_MS) await session.renew();
    return session.value?.accessToken ?? null;
  },

  /** Renews once however many requests ask at the same time: a refresh token may be good for one use only. */
  renew() {
    session.renewal ??= renewTokens(session.value).finally(() => {
      session.renewal = null;
    });
    return session.renewal;
  },
};

async function renewTokens(before) {
  try {
    const tokens = await post(REFRESH_PATH, { refresh_token: before.refreshToken });
    if (session.value === before) session.set({ ...before, ...readTokens(tokens) });
  } catch (error) {
    if (error.status === undefined) throw error; // The network failed, not the token: keep it for the next try.
    if (session.value === before) session.set(null);
    throw new Error('Your session has ended. Sign in again.');
  }
}

function readTokens({ access_token, refresh_token, expires_in }) {
  return { accessToken: access_token, refreshToken: refresh_token, expiresAt: Date.now() + expires_in * 1000 };
}

/** Posts JSON to the gateway and returns its JSON; throws an Error in the gateway's own words, with `status` if it answered at all. */
async function post(path, body) {
  const answer = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(AUTH_TIMEOUT_MS),
  });
  const content = await answer.json().catch(() => ({}));
  if (answer.ok) return content;
  const error = new Error(content.detail ?? content.title ?? `The gateway answered ${answer.status}.`);
  throw Object.assign(error, { status: answer.status });
}

/** fetch with the bearer token, unless the Headers editor gives its own; a refused token is renewed and the request sent once more. */
async function authorizedFetch(url, options) {
  const own = new Headers(options.headers).has('authorization');
  const send = async () => {
    const token = own ? null : await session.bearer();
    const headers = new Headers(options.headers);
    if (token) headers.set('authorization', `Bearer ${token}`);
    return fetch(url, { ...options, headers });
  };
  const answer = await send();
  if (answer.status !== 401 || own || !session.value?.refreshToken) return answer;
  await session.renew();
  return send();
}

/** Subscriptions: the graphql-transport-ws protocol, the token in connection_init; the socket opens with the first subscription. */
function createSubscriptionClient() {
  const url = new URL(GRAPHQL_PATH, window.location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return createClient({
    url: url.href,
    lazy: true,
    connectionParams: async () => {
      const token = await session.bearer();
      return token ? { authorization: `Bearer ${token}` } : {};
    },
  });
}

function Explorer() {
  const value = useSyncExternalStore(session.subscribe, session.current);
  const identity = value && (value.workspace ? `${value.workspace} ${value.email}` : value.accessToken);
  // A new identity gets a new fetcher, which makes GraphiQL read the schema again, and a socket of its own.
  // The gateway tells its schema to the signed-in only: null keeps GraphiQL from asking before, undefined lets it ask.
  const [client, fetcher] = useMemo(() => {
    const wsClient = createSubscriptionClient();
    return [wsClient, createGraphiQLFetcher({ url: GRAPHQL_PATH, fetch: authorizedFetch, wsClient })];
  }, [identity]);
  useEffect(() => () => void client.dispose(), [client]);
  return (
    <>
      <SignInBar key={identity} value={value} />
      <GraphiQL
        fetcher={fetcher}
        schema={value ? undefined : null}
        defaultQuery={exampleQuery}
        defaultEditorToolsVisibility={false}
        shouldPersistHeaders={false}
      >
        <GraphiQL.Logo>GraphQL explorer</GraphiQL.Logo>
      </GraphiQL>
    </>
  );
}

function SignInBar({ value }) {
  if (!value) return <SignInForm />;
  return (
    <div className="sign-in">
      <strong>Rapport</strong>
      <span className="who">{value.workspace ? `${value.email} in ${value.workspace}` : 'Using the token you entered'}</span>
      <button type="button" onClick={() => session.set(null)}>
        Sign out
      </button>
    </div>
  );
}

function SignInForm() {
  const [withToken, setWithToken] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState('');
  const submit = async (event) => {
    event.preventDefault();
    const { token, ...credentials } = Object.fromEntries(new FormData(event.currentTarget));
    if (token) return session.set({ accessToken: token.trim() });
    setBusy(true);
    setError('');
    try {
      await session.signIn(credentials);
    } catch (refusal) {
      setError(refusal.message);
      setBusy(false);
    }
  };
  return (
    <form className="sign-in" onSubmit={submit}>
      <strong>Rapport</strong>
      {withToken ? (
        <Field name="token" label="Access token or API key" type="password" autoComplete="off" />
      ) : (
        <>
          <Field name="workspace" label="Workspace" autoComplete="organization" />
          <Field name="email" label="E-mail" type="email" autoComplete="username" />
          <Field name="password" label="Password" type="password" autoComplete="current-password" />
        </>
      )}
      <button type="submit" disabled={busy}>
        {withToken ? 'Use token' : 'Sign in'}
      </button>
      <button type="button" className="plain" onClick={() => setWithToken(!withToken)}>
        {withToken ? 'Sign in with a password' : 'Use a token instead'}
      </button>
      <span role="alert">{error}</span>
    </form>
  );
}

function Field({ label, ...attributes }) {
  return <input aria-label={label} placeholder={label} required spellCheck={false} autoCapitalize="none" {...attributes} />;
}

createRoot(document.getElementById('explorer')).render(<Explorer />);
