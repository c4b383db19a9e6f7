package rule

import "github.com/plimsoll-iot/plimsoll"

func rowsPasswords() []row {
	const mech = "AuthMech: [{id: A1, user: human, network: yes, "
	return []row{
		{"5.1-1-1/a", mech + `factor: password, set_by: factory, used_in: [initialized], unique_per_unit: no}]`, "A1", no, "unique_per_unit: no"},
		{"5.1-1-1/a", mech + `factor: pin, set_by: derived, used_in: [initialization], unique_per_unit: yes}]`, "A1", yes, "unique_per_unit: yes"},
		{"5.1-1-1/a", mech + `factor: password, set_by: factory, used_in: [initialized]}]`, "A1", maybe, "declare A1.unique_per_unit"},
		{"5.1-1-1/a", mech + `factor: password, used_in: [initialized], unique_per_unit: no}]`, "A1", maybe, "declare A1.set_by"},
		{"5.1-1-1/a", mech + `factor: password, set_by: factory, used_in: [factory], unique_per_unit: no}]`, "A1", "", ""},
		{"5.1-1-1/a", mech + `factor: password, set_by: user, used_in: [initialized], unique_per_unit: no}]`, "none", yes, "nothing to judge"},
		{"5.1-1-1/a", "AuthMech: [{id: A1, observed: 'tcp/23', factor: password}]", "A1", maybe, "confirm A1"},
		{"5.1-3-1/c", mech + `factor: password, crypto: [TLS1.2, argon2id]}]`, "A1", yes, "argon2id"},
		{"5.1-3-1/c", mech + `factor: password, crypto: [TLS1.2, DES-crypt]}]`, "A1", no, "DES-crypt is not best practice"},
		{"5.1-3-1/c", mech + `factor: password, crypto: [TLS1.2, md5]}]`, "A1", "", ""},
		{"5.1-3-1/c", mech + `factor: password, crypto: [md5, TLS1.0]}]`, "A1", no, "RFC 8996"},
		{"5.1-3-1/c", mech + `factor: password, crypto: [HMAC-MD5]}]`, "A1", yes, "HMAC-MD5"},
		{"5.1-3-1/c", mech + `factor: password, surface: {protocol: Telnet}, crypto: [argon2id]}]`, "A1", no, "in the clear"},
		{"5.1-3-1/c", mech + `factor: token, surface: {protocol: http}, crypto: [sha256]}]`, "A1", yes, "sha256"},
		{"5.1-3-1/c", mech + `factor: password, crypto: []}]`, "A1", "", ""},
		{"5.1-3-1/c", mech + `factor: password}]`, "A1", maybe, "declare A1.crypto"},
		{"5.1-3-1/c", mech + `crypto: [md5]}]`, "A1", maybe, "declare A1.factor"},
		{"5.1-4-1/a", mech + "changeable: yes}]\nUserInfo: {documentation_of_change_mechanisms: user guide page 3}", "A1", yes, "changeable: yes"},
		{"5.1-4-1/a", mech + "changeable: yes}]\nUserInfo: {documentation_of_change_mechanisms: {where: page 3}}", "A1", yes, "changeable: yes"},
		{"5.1-4-1/a", mech + "changeable: no}]", "A1", no, "changeable: no"},
		{"5.1-4-1/a", mech + "changeable: yes}]\nUserInfo: {documentation_of_sensors: page 4}", "A1", maybe, "declare UserInfo.documentation_of_change_mechanisms"},
		{"5.1-4-1/a", mech + "changeable: yes}]", "A1", maybe, "declare ixit.UserInfo"},
		{"5.1-4-1/a", mech + "changeable: yes}]\nUserInfo: {observed: x, documentation_of_change_mechanisms: page 3}", "A1", maybe, "confirm UserInfo"},
		{"5.1-4-1/a", mech + "factor: key}]", "A1", maybe, "declare A1.changeable"},
		{"5.1-5-1/a", mech + `factor: password, rate_limit: {action: none}}]`, "A1", no, "rate_limit.action: none"},
		{"5.1-5-1/a", mech + `factor: pin, rate_limit: {attempts: 5, action: lockout}}]`, "A1", yes, "after 5 wrong guesses"},
		{"5.1-5-1/a", mech + `factor: pin, rate_limit: {action: captcha}}]`, "A1", yes, "captcha"},
		{"5.1-5-1/a", mech + `factor: pin, rate_limit: {action: delay}}]`, "A1", maybe, "declare A1.rate_limit.attempts"},
		{"5.1-5-1/a", mech + `factor: password}]`, "A1", maybe, "declare A1.rate_limit.action"},
		{"5.1-5-1/a", mech + `rate_limit: {action: none}}]`, "A1", maybe, "declare A1.factor"},
		{"5.1-5-1/a", mech + `factor: certificate, rate_limit: {action: none}}]`, "A1", yes, "certificate"},
		{"5.1-5-1/a", mech + `factor: biometric, rate_limit: {action: none}}]`, "A1", "", ""},
		{"5.1-5-1/a", "AuthMech: [{id: A1, factor: password, rate_limit: {action: none}}]", "A1", maybe, "declare A1.network"},
	}
}

func rowsUpdates() []row {
	const mech = "UpdMech: [{id: U1, "
	cases := []row{
		{"5.3-1-1/a", "SoftComp: [{id: C1, update: [], immutable: yes}]", "C1", yes, "immutable: yes"},
		{"5.3-1-1/a", "SoftComp: [{id: C1, update: [], immutable: no}]", "C1", maybe, "declare C1.update_mechanism"},
		{"5.3-1-1/a", "SoftComp: [{id: C1, update: [], immutable: no, update_mechanism: the chip cannot be written}]", "C1", "", ""},
		{"5.3-2-1/a", mech + "authenticity_verified_by: device, integrity_verified_by: device, trust: [signature], rollback_protected: yes}]", "U1", yes, "rollback_protected: yes"},
		{"5.3-2-1/a", mech + "authenticity_verified_by: device, integrity_verified_by: device, trust: [signature], rollback_protected: no}]", "U1", "", ""},
		{"5.3-2-1/a", mech + "trust: [none]}]", "U1", no, "trust: [none]"},
		{"5.3-2-1/a", mech + "trust: []}]", "U1", no, "trust: []"},
		{"5.3-2-1/a", mech + "authenticity_verified_by: none, trust: [tls]}]", "U1", no, "authenticity_verified_by: none"},
		{"5.3-2-1/a", mech + "integrity_verified_by: none, trust: [tls]}]", "U1", no, "integrity_verified_by: none"},
		{"5.3-2-1/a", mech + "trust: [tls]}]", "U1", maybe, "declare U1.authenticity_verified_by and U1.integrity_verified_by and U1.rollback_protected"},
		{"5.3-2-1/a", "UpdMech: []", "", no, "no update mechanism"},
		{"5.3-4-1/a", mech + "automatic: yes}]\nSoftComp: [{id: C1, update: [U1]}]", "U1", yes, "automatic: yes"},
		{"5.3-4-1/a", mech + "automatic: no}]\nSoftComp: [{id: C1, update: [U1]}]", "U1", no, "automatic: no"},
		{"5.3-4-1/a", mech + "network: yes}]\nSoftComp: [{id: C1, update: [U1]}]", "U1", maybe, "declare U1.automatic"},
		{"5.3-4-1/a", mech + "automatic: yes}]\nSoftComp: [{id: C1, update: [U1]}]", "C1", "", ""},
		{"5.3-4-1/a", mech + "automatic: yes}]", "", maybe, "declare ixit.SoftComp"},
		{"5.3-4-1/a", "SoftComp: [{id: C1, update: []}]", "", maybe, "declare ixit.UpdMech"},
		{"5.3-4-1/a", "UpdMech: [{id: U1, automatic: no}]\nSoftComp: [{id: C1, update: [], immutable: no}]", "U1", "", ""},
		{"5.3-4-1/a", "UpdMech: []\nSoftComp: []", "", maybe, "the provision asks for one"},
		{"5.3-4-1/b", mech + "automatic: yes, configurable: yes, default_on: yes}]", "U1", yes, "default_on: yes"},
		{"5.3-4-1/b", mech + "automatic: yes, configurable: yes, default_on: no}]", "U1", no, "default_on: no"},
		{"5.3-4-1/b", mech + "automatic: yes, configurable: yes}]", "U1", maybe, "declare U1.default_on"},
		{"5.3-5-1/a", mech + "automatic: yes, check_interval: 24h}]\nSoftComp: [{id: C1, update: [U1]}]", "U1", yes, "check_interval: 24h"},
		{"5.3-5-1/a", mech + "automatic: no, check_interval: 7d, initiated_by: [device]}]\nSoftComp: [{id: C1, update: [U1]}]", "U1", yes, "initiated_by: [device]"},
		{"5.3-5-1/a", mech + "automatic: no, check_interval: 7d, initiated_by: [user]}]\nSoftComp: [{id: C1, update: [U1]}]", "U1", "", ""},
		{"5.3-5-1/a", mech + "automatic: yes, check_interval: 0s}]\nSoftComp: [{id: C1, update: [U1]}]", "U1", no, "check_interval: 0s"},
		{"5.3-5-1/a", mech + "automatic: yes}]\nSoftComp: [{id: C1, update: [U1]}]", "U1", maybe, "declare U1.check_interval"},
		{"5.3-6-1/a", "UpdMech: [{id: U1, automatic: yes}, {id: U2, automatic: no}, {id: U3, automatic: yes}]", "", yes, "U1, U3"},
		{"5.3-6-1/a", "UpdMech: [{id: U1, automatic: yes}, {id: U2}]", "", maybe, "declare U2.automatic"},
		{"5.3-6-1/b", mech + "automatic: yes, user_control: [postpone]}]", "U1", yes, "user_control: [postpone]"},
		{"5.3-6-1/b", mech + "automatic: yes, user_control: []}]", "U1", no, "user_control: []"},
		{"5.3-6-1/b", mech + "automatic: yes}]", "U1", maybe, "declare U1.user_control"},
		{"5.3-6-1/b", mech + "automatic: yes, configurable: no, user_control: [enable]}]", "U1", maybe, "contradict"},
		{"5.3-6-1/c", mech + "automatic: yes, default_on: yes}]", "U1", yes, "default_on: yes"},
		{"5.3-6-1/c", mech + "automatic: yes, default_on: no}]", "U1", no, "default_on: no"},
		{"5.3-6-1/c", mech + "default_on: no}]", "U1", maybe, "declare U1.automatic"},
		{"5.3-6-1/d", mech + "notifies: yes, notice_control: [disable]}]", "U1", yes, "notice_control: [disable]"},
		{"5.3-6-1/d", mech + "notifies: yes, notice_control: []}]", "U1", no, "notice_control: []"},
		{"5.3-6-1/d", mech + "notifies: yes}]", "U1", maybe, "declare U1.notice_control"},
		{"5.3-6-1/e", mech + "notifies: yes, notice_default_on: yes}]", "U1", yes, "notice_default_on: yes"},
		{"5.3-6-1/e", mech + "notifies: yes, notice_default_on: no}]", "U1", no, "notice_default_on: no"},
		{"5.3-6-1/e", mech + "notifies: yes}]", "U1", maybe, "declare U1.notice_default_on"},
		{"5.3-7-1/c", mech + "crypto: [ed25519, sha256]}]", "U1", yes, "ed25519"},
		{"5.3-7-1/c", mech + "crypto: [MD5]}]", "U1", no, "RFC 6151"},
		{"5.3-7-1/c", mech + "network: yes}]", "U1", maybe, "declare U1.crypto"},
		{"5.3-8-1/a", "UpdProc: [{id: P1, description: release}]", "P1", maybe, "declare P1.time_frame"},
		{"5.3-8-1/a", "UpdProc: [{id: P1, description: release, time_frame: 30 days}]", "P1", "", ""},
		{"5.3-10-1/b", mech + "network: yes, trust: [signature, tls]}]", "U1", yes, "trust: [signature, tls]"},
		{"5.3-10-1/b", mech + "network: yes, trust: [none]}]", "U1", no, "from anyone"},
		{"5.3-10-1/b", mech + "network: yes, trust: [none, tls]}]", "U1", maybe, "contradict"},
		{"5.3-10-1/b", mech + "network: yes}]", "U1", maybe, "declare U1.trust"},
		{"5.3-11-1/a", mech + "notifies: yes}]", "U1", yes, "notifies: yes"},
		{"5.3-11-1/a", mech + "notifies: no}]", "U1", no, "no other mechanism"},
		{"5.3-11-1/a", mech + "notifies: no}, {id: U2, notifies: yes}]", "U1", "", ""},
		{"5.3-11-1/a", mech + "automatic: yes}]", "U1", maybe, "declare U1.notifies"},
		{"5.3-12-1/a", mech + "notifies_disruption: yes, notice_on_device: yes}]", "U1", yes, "notice_on_device: yes"},
		{"5.3-12-1/a", mech + "notifies_disruption: yes, notice_on_device: no}]", "U1", no, "notice_on_device: no"},
		{"5.3-12-1/a", mech + "notifies_disruption: no}]", "U1", no, "notifies_disruption: no"},
		{"5.3-12-1/a", mech + "notifies_disruption: yes}]", "U1", maybe, "declare U1.notice_on_device"},
		{"5.3-3-1/a", mech + "automatic: yes}]\nSoftComp: [{id: C1, update: [U1]}]", "U1", yes, "automatic: yes"},
		{"5.3-3-1/a", mech + "automatic: no, initiated_by: [service, user]}]\nSoftComp: [{id: C1, update: [U1]}]", "U1", yes, "initiated_by: [service, user]"},
		{"5.3-3-1/a", mech + "automatic: no, initiated_by: [user]}]\nSoftComp: [{id: C1, update: [U1]}]", "U1", "", ""},
		{"5.3-3-1/a", mech + "automatic: no}]\nSoftComp: [{id: C1, update: [U1]}]", "U1", maybe, "declare U1.initiated_by"},
		{"5.3-3-1/a", mech + "network: yes}]\nSoftComp: [{id: C1, update: [U1]}]", "U1", maybe, "declare U1.automatic"},
	}
	for _, unit := range []plimsoll.UnitID{"5.3-3-1/a", "5.3-4-1/a", "5.3-5-1/a"} {
		cases = append(
			cases,
			row{unit, "UpdMech: []\nSoftComp: [{id: C1, update: [], immutable: yes}]", "C1", yes, "immutable: yes"},
			row{unit, "UpdMech: []\nSoftComp: [{id: C1, update: [], immutable: no}]", "C1", no, "no mechanism reaches"},
			row{unit, "UpdMech: []\nSoftComp: [{id: C1, update: []}]", "C1", maybe, "declare C1.immutable"},
			row{unit, "UpdMech: []\nSoftComp: [{id: C1}]", "C1", maybe, "declare C1.update"},
		)
	}
	for _, v := range []struct {
		field    string
		any, own plimsoll.UnitID
	}{{"authenticity_verified_by", "5.3-9-1/a", "5.3-9-1/c"}, {"integrity_verified_by", "5.3-9-1/b", "5.3-9-1/d"}} {
		cases = append(
			cases,
			row{v.any, mech + v.field + ": service}]", "U1", yes, v.field + ": service"},
			row{v.any, mech + v.field + ": none}]", "U1", no, v.field + ": none"},
			row{v.any, mech + "network: yes}]", "U1", maybe, "declare U1." + v.field},
			row{v.own, mech + v.field + ": device}]", "U1", yes, v.field + ": device"},
			row{v.own, mech + v.field + ": service}]", "U1", no, v.field + ": service"},
			row{v.own, mech + "network: yes}]", "U1", maybe, "declare U1." + v.field},
		)
	}
	return cases
}
