package label_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"golang.org/x/text/language"

	"github.com/plimsoll-iot/plimsoll/key"
	"github.com/plimsoll-iot/plimsoll/label"
	"github.com/plimsoll-iot/plimsoll/label/code"
)

func TestReserved(t *testing.T) {
	for _, c := range []string{"GB", "uk", "EU", "ZZ", "SG-CLS", "DE-X", "GBR", "DEU-1", "CLS", "JC-STAR", "JCSTAR", "BSI", "MY-BSI", "IT-SIK", "CE", "MY-CE", "FCC", "CTM", "UKCA", "1PA", "C1C", "CL-S"} {
		if code.Reserved(c) == "" {
			t.Errorf("%q is free", c)
		}
	}
	for _, c := range []string{"HARB", "QUAY", "PLIM", "PLIMSOLL", "A1", "1234", "LAMP-CO"} {
		if why := code.Reserved(c); why != "" {
			t.Errorf("%q: %s", c, why)
		}
	}
	// The three-letter codes of another source.
	n := 0
	for _, b := range language.Supported.Regions() {
		if c := b.ISO3(); b.IsCountry() && len(c) == 3 && c != "ZZZ" {
			n++
			if code.Reserved(c) == "" {
				t.Errorf("country %s is free", c)
			}
		}
	}
	if n < 240 {
		t.Fatalf("%d countries only", n)
	}
}

// TestTrustRefused: what AddSignature refuses, named.
func TestTrustRefused(t *testing.T) {
	w := newWorld(t)
	level := func(names map[string]string) []label.Level { return []label.Level{{Names: names}} }
	for name, c := range map[string]struct {
		change func(*label.TrustList)
		want   string
	}{
		"version 0":        {func(l *label.TrustList) { l.Version = 0 }, "version 0"},
		"no issue":         {func(l *label.TrustList) { l.Issued = 0 }, "dates"},
		"expires first":    {func(l *label.TrustList) { l.Expires = l.Issued - 1 }, "dates"},
		"too long":         {func(l *label.TrustList) { l.Expires = l.Issued + 91 }, "91 days"},
		"too many schemes": {func(l *label.TrustList) { l.Schemes = make([]label.Scheme, 513) }, "513 schemes"},
		"no roots":         {func(l *label.TrustList) { l.Roots.Keys = nil }, "roots"},
		"no threshold":     {func(l *label.TrustList) { l.Roots.Threshold = 0 }, "roots"},
		"high threshold":   {func(l *label.TrustList) { l.Roots.Threshold = 4 }, "roots"},
		"many roots":       {func(l *label.TrustList) { l.Roots.Keys = make([][]byte, 17) }, "up to 16"},
		"root twice":       {func(l *label.TrustList) { l.Roots.Keys = [][]byte{l.Roots.Keys[0], l.Roots.Keys[0]} }, "twice"},
		"root no key":      {func(l *label.TrustList) { l.Roots.Keys = [][]byte{{1}}; l.Roots.Threshold = 1 }, "root 1"},
		"unsorted":         {func(l *label.TrustList) { l.Schemes[0], l.Schemes[1] = l.Schemes[1], l.Schemes[0] }, "sorted"},
		"look-alike":       {func(l *label.TrustList) { l.Schemes[0].Code, l.Schemes[1].Code = "QUA1", "QUAL" }, "confuse"},
		"code":             {func(l *label.TrustList) { l.Schemes[0].Code = "harb" }, "capital"},
		"reserved":         {func(l *label.TrustList) { l.Schemes[0].Code = "GB" }, "reserved"},
		"no name":          {func(l *label.TrustList) { l.Schemes[0].Name = "" }, "name"},
		"official control": {func(l *label.TrustList) { l.Schemes[0].Official = "a\x1bb" }, "control"},
		"official long":    {func(l *label.TrustList) { l.Schemes[0].Official = strings.Repeat("a", 4097) }, "4097 bytes"},
		"no host":          {func(l *label.TrustList) { l.Schemes[0].Hosts = nil }, "0 hosts"},
		"host in capitals": {func(l *label.TrustList) { l.Schemes[0].Hosts = []string{"Label.example"} }, "host name"},
		"host with port":   {func(l *label.TrustList) { l.Schemes[0].Hosts = []string{"label.example:1"} }, "host name"},
		"host address":     {func(l *label.TrustList) { l.Schemes[0].Hosts = []string{"192.0.2.1"} }, "host name"},
		"host long":        {func(l *label.TrustList) { l.Schemes[0].Hosts = []string{strings.Repeat("a.", 130) + "example"} }, "host name"},
		"nine hosts": {func(l *label.TrustList) {
			l.Schemes[0].Hosts = strings.Split(strings.Repeat("a.example ", 9)[:89], " ")
		}, "9 hosts"},
		"no levels":         {func(l *label.TrustList) { l.Schemes[0].Levels = nil }, "0 levels"},
		"ten levels":        {func(l *label.TrustList) { l.Schemes[0].Levels = make([]label.Level, 10) }, "10 levels"},
		"no English":        {func(l *label.TrustList) { l.Schemes[0].Levels = level(map[string]string{"de": "x"}) }, "English"},
		"language":          {func(l *label.TrustList) { l.Schemes[0].Levels = level(map[string]string{"en": "x", "x_": "y"}) }, "language"},
		"empty level name":  {func(l *label.TrustList) { l.Schemes[0].Levels = level(map[string]string{"en": "x", "de": ""}) }, "name: missing"},
		"too many keys":     {func(l *label.TrustList) { l.Schemes[0].Keys = make([]label.Key, 33) }, "33 keys"},
		"use":               {func(l *label.TrustList) { l.Schemes[0].Keys[0].Use = "web" }, "use"},
		"key":               {func(l *label.TrustList) { l.Schemes[0].Keys[0].Public = []byte{0x30} }, "key 1"},
		"key without start": {func(l *label.TrustList) { l.Schemes[0].Keys[0].SignFrom = 0 }, "dates"},
		"key signs back":    {func(l *label.TrustList) { l.Schemes[0].Keys[0].SignUntil = l.Schemes[0].Keys[0].SignFrom - 1 }, "dates"},
		"key dies early":    {func(l *label.TrustList) { l.Schemes[0].Keys[0].VerifyUntil = l.Schemes[0].Keys[0].SignUntil - 1 }, "dates"},
		"key of two uses":   {func(l *label.TrustList) { l.Schemes[0].Keys[1].Public = l.Schemes[0].Keys[4].Public }, "one use"},
		"key is a root":     {func(l *label.TrustList) { l.Schemes[0].Keys[1].Public = l.Roots.Keys[0] }, "a root"},
		"key of others":     {func(l *label.TrustList) { l.Schemes[1].Keys[0].Public = l.Schemes[0].Keys[0].Public }, "HARB"},
	} {
		t.Run(name, func(t *testing.T) {
			l := newWorld(t).list
			c.change(&l)
			_, err := label.AddSignature(context.Background(), l, nil, w.root[0])
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q in it", err, c.want)
			}
		})
	}
	l := newWorld(t).list
	l.Schemes[0].Code, l.Schemes[0].Official = "GB", "an Act"
	if _, err := label.AddSignature(context.Background(), l, nil, w.root[0]); err != nil {
		t.Errorf("a reserved code with its law: %v", err)
	}
}

func TestTrustSignatures(t *testing.T) {
	w := newWorld(t)
	other := w.list
	other.Version = 8
	if _, err := label.AddSignature(context.Background(), other, w.signedTrust, w.root[1]); err == nil || !strings.Contains(err.Error(), "another list") {
		t.Errorf("added to another list: %v", err)
	}
	if _, err := label.AddSignature(context.Background(), w.list, []byte("x"), w.root[1]); err == nil {
		t.Error("added to rubbish")
	}
	if _, err := label.AddSignature(context.Background(), w.list, nil, badSigner{w.root[0], nil}); err == nil {
		t.Error("signed by a key that cannot")
	}
	for name, c := range map[string]struct {
		pinned label.Roots
		seen   uint64
		want   error
	}{
		"rolled back": {w.list.Roots, 8, label.ErrRolledBack},
		"threshold":   {label.Roots{Threshold: 3, Keys: w.list.Roots.Keys}, 7, key.ErrSignature},
	} {
		if _, err := label.OpenTrust(w.signedTrust, c.pinned, c.seen); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := label.OpenTrust(w.signedTrust, label.Roots{}, 0); err == nil {
		t.Error("opened without roots")
	}
	if _, err := label.OpenTrust(make([]byte, 1<<20+1), w.list.Roots, 0); err == nil || !strings.Contains(err.Error(), "longer") {
		t.Errorf("long: %v", err)
	}
	many := w.signedTrust
	for range 15 {
		var err error
		if many, err = label.AddSignature(context.Background(), w.list, many, w.root[0]); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := label.OpenTrust(many, w.list.Roots, 0); err == nil || !strings.Contains(err.Error(), "17 signatures") {
		t.Errorf("17 signatures: %v", err)
	}
	for i := range w.signedTrust {
		b := bytes.Clone(w.signedTrust)
		b[i] ^= 4
		if _, err := label.OpenTrust(b, w.list.Roots, 0); err == nil {
			t.Fatalf("opened with byte %d changed", i)
		}
	}
}

// TestFirstRoots: a list tells its roots only when they have signed it.
func TestFirstRoots(t *testing.T) {
	w := newWorld(t)
	got, err := label.FirstRoots(w.signedTrust)
	if err != nil || got.Threshold != 2 || len(got.Keys) != 3 || !bytes.Equal(got.Keys[1], w.list.Roots.Keys[1]) {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := label.OpenTrust(w.signedTrust, got, 0); err != nil {
		t.Errorf("opened with the roots of its own: %v", err)
	}
	for name, b := range map[string][]byte{
		"one of two": w.sign(t, w.list, w.root[0]), "others": w.sign(t, w.list, w.newRoot[0], w.thief), "rubbish": []byte("x"),
	} {
		if got, err := label.FirstRoots(b); err == nil || got.Keys != nil {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
}
