const open: string[] = []

/** Names every node that `build` makes: error traces and ONNX node names show `outer/inner`. */
export function scope<T>(name: string, build: () => T): T {
  open.push(name)
  try {
    return build()
  } finally {
    open.pop()
  }
}

/** The open scopes, joined by `/`. */
export const currentScope = (): string => open.join('/')

/** Runs `build` under exactly the given path, whatever is open: for rewrites, which keep the scopes of what they replace. */
export function atScope<T>(path: string, build: () => T): T {
  const outer = open.splice(0, open.length, ...(path === '' ? [] : [path]))
  try {
    return build()
  } finally {
    open.splice(0, open.length, ...outer)
  }
}
