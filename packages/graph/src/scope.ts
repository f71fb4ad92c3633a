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
