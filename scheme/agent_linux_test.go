package scheme

import (
	"path/filepath"
	"testing"

	"github.com/plimsoll-iot/plimsoll/key"
	"github.com/plimsoll-iot/plimsoll/lab/agent"
	"github.com/plimsoll-iot/plimsoll/label"
)

// TestHardware: the keys that sign labels, status and entries lie in a PKCS#11 token
// that only an ssh-agent opens, an approver's too.
func TestHardware(t *testing.T) {
	socket := agent.Hardware(t, 4)
	keys, err := key.AgentKeys(t.Context(), socket)
	if err != nil || len(keys) != 4 {
		t.Fatalf("%d keys, %v", len(keys), err)
	}
	b := &bench{dir: filepath.Join(t.TempDir(), "harbour"), now: start, ada: newKey(t, key.Ed25519), ben: newKey(t, key.P256), agent: socket}
	b.founding(t, Founding{Given: map[string]key.Signer{"label": keys[0], "status": keys[1], "statement": keys[2]}})
	t.Cleanup(func() { _ = b.f.Close() })
	if made, _ := filepath.Glob(filepath.Join(b.dir, keysDir, "*.pem")); len(made) != 4 {
		t.Errorf("files of keys: %v, want three roots and the log's", made)
	}
	b.reopen(t)
	next := b.f.State.Policy
	next.Approvers = []Person{{Name: "ada", Key: encoded(t, b.ada)}, {Name: "token", Key: encoded(t, keys[3])}}
	b.must(t, Decision{Kind: KindPolicy, Policy: &next})
	if _, err := b.decide(t.Context(), Decision{Kind: KindGrant, Grant: b.plug("1.0")}, b.ada, keys[3]); err != nil {
		t.Fatal(err)
	}
	b.reopen(t)
	l := b.f.State.Labels[1]
	if k, err := b.f.State.Trust.Signer(l.Token); err != nil || string(k.Public) != string(der(t, keys[0])) {
		t.Errorf("signed by %v, %v", k, err)
	}
	if s, err := b.f.SignerFor(t.Context(), label.UseStatus); err != nil || s.KeyID() != keys[1].KeyID() {
		t.Errorf("the status key is %v, %v", s, err)
	}
}
