package witness_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/plimsoll-iot/plimsoll/key"
	"github.com/plimsoll-iot/plimsoll/lab/child"
	"github.com/plimsoll-iot/plimsoll/tlog/witness"
)

func TestMain(m *testing.M) {
	if code, ran := child.Main(map[string]func(string) error{"witness": childWitness}); ran {
		os.Exit(code)
	}
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("k8s.io/klog/v2.(*flushDaemon).run.func1"))
}

// childWitness runs a witness on loopback until it is killed, and says where.
func childWitness(dir string) error {
	k, _, err := key.Ensure(filepath.Join(dir, "keys"), "witness", nil)
	if err != nil {
		return err
	}
	w, err := witness.Open(filepath.Join(dir, "memory"), witness.Options{Name: "w.example", Signer: k, Logs: []string{os.Getenv("PLIMSOLL_TEST_LOG")}})
	if err != nil {
		return err
	}
	fmt.Println(httptest.NewServer(w).URL)
	time.Sleep(time.Minute)
	return nil
}

// TestKilledAtAnyMoment: a witness that is killed while it cosigns comes back with
// the last size that it has answered, or the one that it was about to answer, and
// never a smaller one: a fork of what it has answered finds no cosignature.
func TestKilledAtAnyMoment(t *testing.T) {
	dir, l := t.TempDir(), newTree(t, origin)
	l.grow(1, "entry")
	answered, asked, rounds := 0, 0, 25
	for round := range rounds {
		cmd := child.Command(t, "witness", dir)
		cmd.Env = append(cmd.Env, "PLIMSOLL_TEST_LOG="+l.vkey)
		url, kill := child.Start(t, cmd)
		if !strings.HasPrefix(url, "http://127.0.0.1:") {
			t.Fatalf("round %d: the child says %q", round, url)
		}
		c := &http.Client{Transport: &http.Transport{}}
		send := func(old, size int) (int, string) {
			resp, err := c.Post(url+"/add-checkpoint", "text/plain", strings.NewReader(l.request(old, size)))
			if err != nil {
				return 0, ""
			}
			defer resp.Body.Close()
			b := make([]byte, 1000)
			n, _ := resp.Body.Read(b)
			return resp.StatusCode, string(b[:n])
		}
		switch status, body := send(0, l.size); { // where does it stand?
		case status == http.StatusOK && answered == 0:
			answered = l.size
		case status == http.StatusConflict:
			at, err := strconv.Atoi(strings.TrimSpace(body))
			if err != nil || at != answered && at != asked {
				t.Fatalf("round %d: it stands at %q; %d were answered, %d asked", round, body, answered, asked)
			}
			answered = at
		default:
			t.Fatalf("round %d: %d %q; %d were answered, %d asked", round, status, body, answered, asked)
		}
		timer := time.AfterFunc(time.Duration(5+rand.IntN(60))*time.Millisecond, func() { _ = cmd.Process.Kill() })
		for {
			l.grow(1, "entry")
			asked = l.size
			status, _ := send(answered, asked)
			if status == 0 { // killed
				break
			}
			if status != http.StatusOK {
				t.Fatalf("round %d: %d for %d from %d", round, status, asked, answered)
			}
			answered = asked
		}
		timer.Stop()
		kill()
		c.CloseIdleConnections()
	}
	if answered < 2*rounds {
		t.Fatalf("only %d answers in %d rounds", answered, rounds)
	}
	t.Logf("%d cosigned through %d kills", answered, rounds)
}
