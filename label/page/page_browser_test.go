package page_test

import (
	"encoding/json"
	"testing"
)

// runner judges every vector with the modules of the page, as ../testdata/README.md
// says, and gives the answers by id.
const runner = `(async () => {
	const { token: { parseInput }, trust: { openTrust, RolledBack }, status: { openStatusList, openRange }, verify: { judge }, cbor: { Refused }, files: { rootsOf } } =
		await import("/page.js");
	const f = await (await fetch("/vectors.json")).json(), out = {};
	const bytes = (name) => Uint8Array.from(atob(f.files[name] ?? ""), (c) => c.charCodeAt(0));
	const opened = async (open) => {
		try {
			return await open();
		} catch (e) {
			if (e instanceof Refused || e instanceof RolledBack) return null;
			throw e;
		}
	};
	for (const v of f.vectors) {
		const seen = v.status_seen ? Date.parse(v.status_seen) / 1000 : 0;
		const trust = await opened(() => openTrust(bytes(v.trust), rootsOf(f.roots), v.trust_seen));
		const list = await opened(() => openStatusList(bytes(v.list), trust, seen));
		const range = await opened(() => openRange(bytes(v.range), trust, seen));
		out[v.id] = await judge(await parseInput(v.input), trust, { list, range }, v.proof ?? null, Date.parse(v.at) / 1000, v.mode);
	}
	return out;
})()`

// TestVectors: the script of the page judges all published vectors as the Go code.
func TestVectors(t *testing.T) {
	s := newSite(t)
	p := newBrowser(t, s).tab(t, now, "en")
	p.open("https://label.example/")
	var got map[string]json.RawMessage
	p.eval(runner, &got)
	if len(s.f.Vectors) < 250 || len(got) != len(s.f.Vectors) {
		t.Fatalf("%d answers to %d vectors", len(got), len(s.f.Vectors))
	}
	for _, v := range s.f.Vectors {
		want, err := json.Marshal(v.Want)
		if err != nil {
			t.Fatal(err)
		}
		if g, w := canonical(t, got[v.ID]), canonical(t, want); g != w {
			t.Errorf("%s: got  %s\nwant %s", v.ID, g, w)
		}
	}
	p.clean("label.example")
}
