package labels

import (
	"context"
	"encoding/hex"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/plimsoll-iot/plimsoll/cmd/cli"
	"github.com/plimsoll-iot/plimsoll/label"
	"github.com/plimsoll-iot/plimsoll/label/verify"
)

func showCommand(w cli.World) *cobra.Command {
	var format string
	c := &cobra.Command{
		Use:   "show INPUT",
		Short: "Show what a label says, without verifying anything",
		Long: `Show takes apart the photo of a print, the URL of the QR code, its digits or the
number beside it. It looks at no signature, no status and no site: anybody can write
a label that says the same.

Exit codes: 0 shown, 1 could not be read, 2 usage.`,
		Example: "  plimsoll label show photo.jpg",
		Args:    cli.Args(1, 1, "one label"),
		RunE:    func(c *cobra.Command, a []string) error { return show(c.Context(), w, a[0], format) },
	}
	c.Flags().StringVar(&format, "format", "text", "text or json")
	return c
}

// shown is the JSON of show.
type shown struct {
	Schema   string        `json:"schema"`
	Verified bool          `json:"verified"` // never
	Number   string        `json:"number"`
	Host     string        `json:"host,omitempty"`
	Claims   *label.Claims `json:"claims,omitempty"` // absent: there was a number only
	KeyHint  string        `json:"key_hint,omitempty"`
	Digest   string        `json:"digest,omitempty"` // SHA-256 of the token
	Bytes    int           `json:"bytes,omitempty"`
}

func show(ctx context.Context, w cli.World, s, format string) error {
	if format != "text" && format != "json" {
		return cli.Usage(fmt.Errorf("--format %q: want text or json", format))
	}
	in, err := input(ctx, s)
	if err != nil {
		return err
	}
	if in.Problem != nil {
		return in.Problem
	}
	out := describe(in)
	if format == "json" {
		return cli.JSON(w, out)
	}
	fmt.Fprintf(w.Out, "%s\nNOT VERIFIED: this is what it says of itself; plimsoll label verify says whether it is true\n", out.Number)
	if out.Claims == nil {
		return fields(w.Out, [][2]string{{"", "a number alone says nothing more"}, {"led to", out.Host}})
	}
	c := *out.Claims
	return fields(w.Out, [][2]string{
		{"assurance", c.Assurance.Sentence()},
		{"product", c.Brand + " " + c.Model},
		{"assessed version", c.Version},
		{"level", level(c.Level, nil, "")},
		{"GTIN", gtin(c.GTIN)},
		{"updates until", c.SupportEnd.String()},
		{"valid", validity(c.From, c.Until)},
		{"issuer", c.Issuer},
		{"led to", out.Host},
		{"key hint", out.KeyHint},
		{"digest", out.Digest},
		{"size", fmt.Sprintf("%d of %d bytes", out.Bytes, label.MaxToken)},
	})
}

func describe(in verify.Input) shown {
	out := shown{Schema: "plimsoll.label-shown/1", Number: label.NumberText(in.Issuer, in.Number), Host: in.Host}
	if t := in.Token; !t.Zero() {
		c, hint, digest := t.Claims(), t.KeyHint(), t.Digest()
		out.Number, out.Claims, out.Bytes = t.NumberText(), &c, len(t.Bytes())-1
		out.KeyHint, out.Digest = hex.EncodeToString(hint[:]), hex.EncodeToString(digest[:])
	}
	return out
}
