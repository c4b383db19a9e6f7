package issuer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/plimsoll-iot/plimsoll/cmd/cli"
	"github.com/plimsoll-iot/plimsoll/key"
	"github.com/plimsoll-iot/plimsoll/tlog/witness"
)

// witnessing is what the flags of `witness` say.
type witnessing struct {
	name, key, listen string
	logs              []string
}

func witnessCommand(w cli.World) *cobra.Command {
	var o witnessing
	c := &cobra.Command{
		Use: "witness DIR", Short: "Run a witness: cosign the logs of schemes that never contradict themselves",
		Long: `Witness serves C2SP tlog-witness: it remembers the last tree that it has seen of each
log, and cosigns only what continues it. Schemes that recognise each other witness
each other's logs. It prints the verifier key that goes into a log's policy, and a
line for that policy. Put a web server with TLS before it.

DIR keeps the memory. A lost memory must not be replaced by an old copy: a witness
that forgets is none.`,
		Example: "  plimsoll witness memory --name witness.example/w1 --log label.example/log+2f6e…+AVGo… --listen 127.0.0.1:8700",
		Args:    cli.Args(1, 1, "the folder of its memory"),
		RunE:    func(c *cobra.Command, a []string) error { return o.run(c.Context(), w, a[0]) },
	}
	f := c.Flags()
	f.StringVar(&o.name, "name", "", "name of the witness, such as witness.example/w1 (required)")
	f.StringVar(&o.key, "key", "witness", "its Ed25519 key: a name of your keys, or the id of a key of your ssh-agent; made on first use")
	f.StringVar(&o.listen, "listen", "127.0.0.1:8700", "address to listen at")
	f.StringArrayVar(&o.logs, "log", nil, "verifier key of a log to watch, as it stands in the policy of its trust list; may be repeated (required)")
	for _, name := range []string{"name", "log"} {
		_ = c.MarkFlagRequired(name) // the flag was just defined
	}
	return c
}

func (o *witnessing) run(ctx context.Context, w cli.World, dir string) error {
	signer, err := o.signer(ctx, w)
	if err != nil {
		return err
	}
	logger := slog.New(slog.NewTextHandler(w.Err, nil))
	wit, err := witness.Open(dir, witness.Options{Name: o.name, Signer: signer, Logs: o.logs, Now: w.Now, Logger: logger})
	if err != nil {
		return err
	}
	defer func() { _ = wit.Close() }()
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", o.listen)
	if err != nil {
		return err
	}
	url := "http://" + l.Addr().String()
	short := o.name[strings.LastIndexByte(o.name, '/')+1:]
	fmt.Fprintf(w.Out, "verifier key: %s\nfor a policy: witness %s %s %s\nlistening at %s\n", wit.Key(), short, wit.Key(), url, url)
	return serve(ctx, l, wit)
}

func (o *witnessing) signer(ctx context.Context, w cli.World) (key.Signer, error) {
	if key.ValidID(o.key) {
		return person(ctx, w, o.key)
	}
	dir, err := key.Dir("", func(name string) string { v, _ := w.Env(name); return v })
	if err != nil {
		return nil, err
	}
	k, made, err := key.Ensure(dir, o.key, passphrase(w))
	if errors.Is(err, key.ErrPassphrase) {
		return nil, cli.Hint(err, "set PLIMSOLL_PASSPHRASE")
	}
	if err == nil && made {
		fmt.Fprintf(w.Err, "plimsoll: made the witness's key %s in %s\n", k.KeyID(), dir)
	}
	return k, err
}

// serve answers until the context ends, and lets what was begun come to its end.
func serve(ctx context.Context, l net.Listener, h http.Handler) error {
	s := &http.Server{Handler: h, ReadTimeout: 30 * time.Second, WriteTimeout: 30 * time.Second, MaxHeaderBytes: 16 << 10}
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		end, stop := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer stop()
		return s.Shutdown(end)
	}
}
