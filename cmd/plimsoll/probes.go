package main

import (
	"slices"

	"github.com/plimsoll-iot/plimsoll/firmware/passwd"
	declared "github.com/plimsoll-iot/plimsoll/probe/declared-versus-discovered"
	defaultpasswords "github.com/plimsoll-iot/plimsoll/probe/default-passwords"
	openports "github.com/plimsoll-iot/plimsoll/probe/open-ports"

	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/report"
	"github.com/plimsoll-iot/plimsoll/rule"
	"github.com/plimsoll-iot/plimsoll/wire/creds"
)

// probes lists every probe and rule of the tool.
func probes() []*probe.Probe {
	return append([]*probe.Probe{
		openports.Probe,
		defaultpasswords.Probe,
		declared.Probe,
	}, rule.All()...)
}

func probeInfos() []report.ProbeInfo {
	var out []report.ProbeInfo
	for _, p := range probes() {
		out = append(out, report.ProbeInfo{
			Name: p.Name, Version: p.Version, Doc: p.Doc, Decides: p.Decides,
			Makes: p.Makes, Reads: p.Reads, Needs: string(p.Needs),
		})
	}
	return out
}

// publicSecret reports whether a password stands on one of the shipped lists of
// published passwords, and so is no secret.
func publicSecret(password string) bool {
	return slices.ContainsFunc(creds.Defaults(), func(p creds.Pair) bool { return p.Password == password }) ||
		slices.Contains(passwd.Words(), password)
}
