package main

import (
	"slices"

	"github.com/plimsoll-iot/plimsoll/firmware/passwd"
	"github.com/plimsoll-iot/plimsoll/probe"
	accounts "github.com/plimsoll-iot/plimsoll/probe/accounts"
	bannerdisclosure "github.com/plimsoll-iot/plimsoll/probe/banner-disclosure"
	bootservices "github.com/plimsoll-iot/plimsoll/probe/boot-services"
	declared "github.com/plimsoll-iot/plimsoll/probe/declared-versus-discovered"
	defaultpasswords "github.com/plimsoll-iot/plimsoll/probe/default-passwords"
	disclosurepolicy "github.com/plimsoll-iot/plimsoll/probe/disclosure-policy"
	logininclear "github.com/plimsoll-iot/plimsoll/probe/login-in-clear"
	modeldesignation "github.com/plimsoll-iot/plimsoll/probe/model-designation"
	openimage "github.com/plimsoll-iot/plimsoll/probe/open-image"
	openports "github.com/plimsoll-iot/plimsoll/probe/open-ports"
	privatekeys "github.com/plimsoll-iot/plimsoll/probe/private-keys"
	securitytxt "github.com/plimsoll-iot/plimsoll/probe/security-txt"
	supportperiod "github.com/plimsoll-iot/plimsoll/probe/support-period"
	tlsserver "github.com/plimsoll-iot/plimsoll/probe/tls-server"
	"github.com/plimsoll-iot/plimsoll/report"
	"github.com/plimsoll-iot/plimsoll/rule"
	"github.com/plimsoll-iot/plimsoll/wire/creds"
)

// probes lists every probe and rule of the tool.
func probes() []*probe.Probe {
	return append([]*probe.Probe{
		accounts.Probe,
		bannerdisclosure.Probe,
		bootservices.Probe,
		declared.Probe,
		defaultpasswords.Probe,
		disclosurepolicy.Probe,
		logininclear.Probe,
		modeldesignation.Probe,
		openimage.Probe,
		openports.Probe,
		privatekeys.Probe,
		securitytxt.Probe,
		supportperiod.Probe,
		tlsserver.Probe,
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
