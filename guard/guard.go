// Package guard holds the tests that watch over the whole tree: who may import
// whom, what each package says it must never do, generated lists. It has no code
// of its own and must never be imported.
package guard
