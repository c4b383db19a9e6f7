package rule

import "github.com/plimsoll-iot/plimsoll"

func rowsSecrets() []row {
	const param = "SecParam: [{id: P1, type: critical, "
	const all = "AuthMech: []\nComMech: []\nUpdMech: []\nSecParam: []\n"
	with := func(table, rows string) string {
		out := ""
		for _, t := range []string{"AuthMech", "ComMech", "UpdMech", "SecParam"} {
			if t != table {
				out += t + ": []\n"
			}
		}
		return out + table + ": " + rows
	}
	const signed = "UpdMech: [{id: U1, authenticity_verified_by: device, trust: [signature]}]\nAuthMech: []\nComMech: []\n"
	const login = "AuthMech: [{id: A1, factor: pin, set_by: user}]\nComMech: []\nUpdMech: []\n"
	const served = "ComMech: [{id: M1, security: ssh, direction: both}]\nAuthMech: []\nUpdMech: []\n"
	return []row{
		{"5.4-1-1/b", param + "description: key}]", "P1", maybe, "declare P1.security_guarantees"},
		{"5.4-1-1/b", param + "security_guarantees: confidentiality}]", "P1", "", ""},
		{"5.4-1-1/c", param + "description: key}]", "P1", maybe, "declare P1.protection_scheme"},
		{"5.4-1-1/d", all, "", yes, "the 0 rows of SecParam"},
		{"5.4-1-1/d", "SecParam: []", "", maybe, "declare ixit.AuthMech and ixit.ComMech and ixit.UpdMech"},
		{"5.4-1-1/d", with("UpdMech", "[{id: U1, authenticity_verified_by: device, trust: [signature]}]"), "", no, "a key that checks updates"},
		{"5.4-1-1/d", with("UpdMech", "[{id: U1, trust: [signature]}]"), "", maybe, "declare U1.authenticity_verified_by"},
		{"5.4-1-1/d", with("UpdMech", "[{id: U1, trust: [tls]}]"), "", yes, "the 0 rows"},
		{"5.4-1-1/d", with("AuthMech", "[{id: A1, factor: password, set_by: user}]"), "", no, "what the password is compared with"},
		{"5.4-1-1/d", with("AuthMech", "[{id: A1, factor: password, set_by: factory}]"), "", yes, "the 0 rows"},
		{"5.4-1-1/d", with("ComMech", "[{id: M1, security: tls, direction: listens}]"), "", maybe, "the private key of a service"},
		{"5.4-1-1/d", with("ComMech", "[{id: M1, security: tls, direction: connects}]"), "", yes, "the 0 rows"},
		{"5.4-1-1/d", login + "SecParam: [{id: P1, purpose: [storage]}]", "", yes, "the 1 rows"},
		{"5.4-1-1/d", login + "SecParam: [{id: P1, type: critical}]", "", maybe, "declare P1.purpose"},
		{"5.4-1-1/d", served + "SecParam: [{id: P1, type: critical}]", "", yes, "the 1 rows"},
		{"5.4-1-1/d", served + "SecParam: [{id: P1, type: public}]", "", maybe, "the private key of a service"},
		{"5.4-1-1/d", served + "SecParam: [{id: P1, purpose: [other]}]", "", maybe, "declare P1.type"},
		{"5.4-1-1/d", signed + "SecParam: [{id: P1, type: public, purpose: [other]}, {id: P2}]", "", yes, "the 2 rows"},
		{"5.4-1-1/d", signed + "SecParam: [{id: P1, type: public, purpose: [updates]}]", "", yes, "the 1 rows"},
		{"5.4-1-1/d", signed + "SecParam: [{id: P1, type: public}]", "", maybe, "declare P1.purpose"},
		{"5.4-1-1/d", signed + "SecParam: [{id: P1, type: public, purpose: [storage]}]", "", no, "a key that checks updates"},
		{"5.4-2-1/a", param + "hard_coded_identity: yes, provisioning: factory, unique_per_unit: yes}]", "P1", yes, "hard_coded_identity: yes"},
		{"5.4-2-1/a", param + "hard_coded_identity: yes, provisioning: user}]", "P1", maybe, "contradict"},
		{"5.4-2-1/a", param + "hard_coded_identity: yes, unique_per_unit: no}]", "P1", maybe, "contradict"},
		{"5.4-2-1/a", param + "provisioning: factory}]", "P1", maybe, "declare P1.hard_coded_identity"},
		{"5.4-3-1/a", param + "provisioning: hard-coded, hard_coded_in_software: yes}]", "P1", yes, "provisioning: hard-coded"},
		{"5.4-3-1/a", param + "provisioning: hard-coded}]", "P1", maybe, "declare P1.hard_coded_in_software"},
		{"5.4-3-1/b", param + "provisioning: hard-coded, hard_coded_in_software: yes}]", "P1", no, "hard_coded_in_software: yes"},
		{"5.4-3-1/b", param + "provisioning: hard-coded, hard_coded_in_software: no}]", "P1", yes, "hard_coded_in_software: no"},
		{"5.4-3-1/b", param + "provisioning: hard-coded}]", "P1", maybe, "declare P1.hard_coded_in_software"},
		{"5.4-3-1/b", "SecParam: [{id: P1, type: public, provisioning: hard-coded, hard_coded_in_software: yes}]", "P1", "", ""},
		{"5.4-4-1/a", param + "purpose: [updates], generation_mechanism: drawn at production}]", "P1", yes, "purpose: [updates]"},
		{"5.4-4-1/a", param + "purpose: [updates]}]", "P1", maybe, "declare P1.generation_mechanism"},
		{"5.4-4-1/b", param + "purpose: [service-communication], unique_per_unit: yes}]", "P1", yes, "unique_per_unit: yes"},
		{"5.4-4-1/b", param + "purpose: [service-communication], unique_per_unit: no}]", "P1", no, "unique_per_unit: no"},
		{"5.4-4-1/b", param + "purpose: [service-communication]}]", "P1", maybe, "declare P1.unique_per_unit"},
	}
}

func rowsCommunication() []row {
	const mech = "ComMech: [{id: M1, "
	const nothing = "\nSecParam: []\nPersData: []"
	const serv = "SoftServ: [{id: S1, network: yes, status: on, "
	return []row{
		{"5.5-1-1/c", mech + "security: tls, min_version: TLS1.2, suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256]}]", "M1", yes, "min_version: TLS1.2"},
		{"5.5-1-1/c", mech + "security: tls, min_version: TLS1.0}]", "M1", no, "RFC 8996"},
		{"5.5-1-1/c", mech + "security: dtls, min_version: TLS1.1}]", "M1", no, "RFC 8996"},
		{"5.5-1-1/c", mech + "security: tls, min_version: SSLv3}]", "M1", no, "RFC 7568"},
		{"5.5-1-1/c", mech + "security: tls, min_version: TLS1.2, suites: [TLS_RSA_WITH_RC4_128_SHA]}]", "M1", no, "rc4 is not best practice"},
		{"5.5-1-1/c", mech + "security: tls, min_version: TLS1.2, suites: [TLS_DH_anon_WITH_AES_128_CBC_SHA]}]", "M1", no, "anon is not best practice"},
		{"5.5-1-1/c", mech + "security: tls}]", "M1", maybe, "declare M1.min_version"},
		{"5.5-1-1/c", mech + "security: ssh}]", "M1", "", ""},
		{"5.5-1-1/c", mech + "protocol: https}]", "M1", maybe, "declare M1.security"},
		{"5.5-1-1/c", mech + "security: none, remote: yes, protocol: mqtt}]" + nothing, "M1", no, "leaves the local network"},
		{"5.5-1-1/c", mech + "security: none, remote: yes, protocol: NTP}]" + nothing, "M1", yes, "no row says"},
		{"5.5-1-1/c", mech + "security: none, remote: yes}]" + nothing, "M1", maybe, "declare M1.protocol"},
		{"5.5-1-1/c", mech + "security: none}]" + nothing, "M1", maybe, "declare M1.remote"},
		{"5.5-1-1/c", mech + "security: none, remote: no}]" + nothing, "M1", yes, "remote: no"},
		{"5.5-1-1/c", mech + "security: none, remote: no}]", "M1", maybe, "declare ixit."},
		{"5.5-1-1/c", mech + "security: none, remote: no}]\nPersData: []\nSecParam: [{id: P1, type: critical, communication: [M1]}]", "M1", no, "carries P1"},
		{"5.5-1-1/c", mech + "security: none, remote: no}]\nPersData: []\nSecParam: [{id: P1, type: public, communication: [M1]}]", "M1", yes, "no row says"},
		{"5.5-1-1/c", mech + "security: none, remote: no}]\nPersData: []\nSecParam: [{id: P1, communication: [M1]}]", "M1", maybe, "declare P1.type"},
		{"5.5-1-1/c", mech + "security: none, remote: no}]\nPersData: []\nSecParam: [{id: P1, type: critical}]", "M1", maybe, "declare P1.communication"},
		{"5.5-1-1/c", mech + "security: none, remote: no}]\nSecParam: []\nPersData: [{id: D1, to_service: yes, communication: [M1]}]", "M1", no, "carries D1"},
		{"5.5-1-1/c", mech + "security: none, remote: no}]\nSecParam: []\nPersData: [{id: D1, to_service: no, communication: [M1]}]", "M1", yes, "no row says"},
		{"5.5-1-1/c", mech + "security: none, remote: no}]\nSecParam: []\nPersData: [{id: D1, to_service: yes, communication: []}]", "M1", yes, "no row says"},
		{"5.5-2-1/a", "NetSecImpl: [{id: N1, reviewed: yes}]", "N1", yes, "reviewed: yes"},
		{"5.5-2-1/a", "NetSecImpl: [{id: N1, reviewed: no}]", "N1", no, "reviewed: no"},
		{"5.5-2-1/a", "NetSecImpl: [{id: N1}]", "N1", maybe, "declare N1.reviewed"},
		{"5.5-2-1/a", "NetSecImpl: []", "", maybe, "the provision asks for one"},
		{"5.5-3-1/a", "UpdMech: [{id: U1}]\nSoftComp: [{id: C1, crypto: yes, update: [U1]}]", "C1", yes, "update: [U1]"},
		{"5.5-3-1/a", "SoftComp: [{id: C1, crypto: yes, update: []}]", "C1", no, "update: []"},
		{"5.5-3-1/a", "SoftComp: [{id: C1, crypto: yes}]", "C1", maybe, "declare C1.update"},
		{"5.5-3-1/a", "SoftComp: [{id: C1, crypto: no, update: []}]", "C1", "", ""},
		{"5.5-3-1/b", "SoftComp: [{id: C1, crypto: yes, side_effects_considered: yes}]", "C1", yes, "side_effects_considered: yes"},
		{"5.5-3-1/b", "SoftComp: [{id: C1, crypto: yes, side_effects_considered: no}]", "C1", no, "side_effects_considered: no"},
		{"5.5-3-1/b", "SoftComp: [{id: C1, crypto: yes}]", "C1", maybe, "declare C1.side_effects_considered"},
		{"5.5-4-1/a", "AuthMech: [{id: A1, factor: key}]\n" + serv + "authentication: [A1]}]", "S1", yes, "authentication: [A1]"},
		{"5.5-4-1/a", "AuthMech: [{id: A1, factor: none}]\n" + serv + "authentication: [A1]}]", "S1", no, "factor: none"},
		{"5.5-4-1/a", "AuthMech: [{id: A1, observed: port scan, factor: key}]\n" + serv + "authentication: [A1]}]", "S1", maybe, "confirm A1"},
		{"5.5-4-1/a", serv + "authentication: []}]", "S1", no, "authentication: []"},
		{"5.5-4-1/a", serv + "allows_configuration: yes, authentication: []}]", "S1", no, "without a login"},
		{"5.5-4-1/a", serv + "basic_protocol: yes, authentication: []}]", "S1", maybe, "excepted"},
		{"5.5-4-1/a", serv + "protocol: https}]", "S1", maybe, "declare S1.authentication"},
	}
}

func rowsSurface() []row {
	const logical = "Intf: [{id: I1, type: logical, "
	const physical = "Intf: [{id: I1, type: physical, "
	const radio = "Intf: [{id: I1, type: network, medium: ble, needed: never"
	const debug = physical + "debug: yes, accessible: yes, "
	const serv = "SoftServ: [{id: S1, status: on, "
	return []row{
		{"5.6-1-1/a", logical + "status: on, needed: never, description: event feed}]", "I1", no, "needed: never"},
		{"5.6-1-1/a", logical + "status: on, description: event feed}]", "I1", "", ""},
		{"5.6-1-1/a", logical + "status: on}]", "I1", maybe, "declare I1.description"},
		{"5.6-2-1/a", logical + "status: on, discloses: [model], discloses_security_relevant: yes}]", "I1", yes, "nothing is declared harmless"},
		{"5.6-2-1/a", logical + "status: on, discloses: [], discloses_security_relevant: no}]", "I1", yes, "discloses: []"},
		{"5.6-2-1/a", logical + "status: on, discloses: [model, Password Hash], discloses_security_relevant: no}]", "I1", no, "Password Hash is security-relevant"},
		{"5.6-2-1/a", logical + "status: on, discloses: [password-policy, public-key], discloses_security_relevant: no}]", "I1", "", ""},
		{"5.6-2-1/a", logical + "status: on, discloses_security_relevant: no}]", "I1", maybe, "declare I1.discloses"},
		{"5.6-2-1/a", logical + "status: on, discloses: [model]}]", "I1", maybe, "declare I1.discloses_security_relevant"},
		{"5.6-2-1/a", logical + "status: off}]", "I1", yes, "status: off"},
		{"5.6-2-1/b", logical + "status: on, discloses_security_relevant: no}]", "I1", yes, "discloses_security_relevant: no"},
		{"5.6-2-1/b", logical + "status: off}]", "I1", yes, "status: off"},
		{"5.6-2-1/b", logical + "status: on, discloses_security_relevant: yes, disclosed_information: version for the app}]", "I1", "", ""},
		{"5.6-2-1/b", logical + "status: on, discloses_security_relevant: yes}]", "I1", maybe, "declare I1.disclosed_information"},
		{"5.6-2-1/b", logical + "status: on}]", "I1", maybe, "declare I1.discloses_security_relevant"},
		{"5.6-3-1/a", physical + "needed: never, accessible: no}]", "I1", yes, "accessible: no"},
		{"5.6-3-1/a", physical + "needed: never, accessible: yes}]", "I1", no, "accessible: yes"},
		{"5.6-3-1/a", physical + "needed: never}]", "I1", maybe, "declare I1.accessible"},
		{"5.6-3-1/b", radio + ", status: off}]", "I1", yes, "status: off"},
		{"5.6-3-1/b", radio + ", status: on}]", "I1", no, "status: on"},
		{"5.6-3-1/b", radio + "}]", "I1", maybe, "declare I1.status"},
		{"5.6-3-1/c", physical + "needed: intermittently, off_when_unneeded: yes}]", "I1", yes, "off_when_unneeded: yes"},
		{"5.6-3-1/c", physical + "needed: intermittently, off_when_unneeded: no}]", "I1", no, "off_when_unneeded: no"},
		{"5.6-3-1/c", physical + "needed: intermittently}]", "I1", maybe, "declare I1.off_when_unneeded"},
		{"5.6-4-1/a", debug + "disabled_by_software: yes}]", "I1", yes, "disabled_by_software: yes"},
		{"5.6-4-1/a", debug + "disabled_by_software: no}]", "I1", no, "disabled_by_software: no"},
		{"5.6-4-1/a", debug + "needed: never}]", "I1", maybe, "declare I1.disabled_by_software"},
		{"5.6-4-1/b", debug + "needed: never, permanently_disabled: yes}]", "I1", yes, "permanently_disabled: yes"},
		{"5.6-4-1/b", debug + "needed: always, permanently_disabled: no}]", "I1", no, "permanently_disabled: no"},
		{"5.6-4-1/b", debug + "needed: never}]", "I1", maybe, "declare I1.permanently_disabled"},
		{"5.6-4-1/c", debug + "needed: intermittently, status: off}]", "I1", yes, "status: off"},
		{"5.6-4-1/c", debug + "needed: intermittently, status: on}]", "I1", no, "status: on"},
		{"5.6-4-1/c", debug + "needed: intermittently}]", "I1", maybe, "declare I1.status"},
		{"5.6-5-1/a", serv + "network: yes, protocol: Telnet, justification: support}]", "S1", no, "ssh replaces it"},
		{"5.6-5-1/a", serv + "network: yes, protocol: ftp, justification: support}]", "S1", no, "protocol: ftp"},
		{"5.6-5-1/a", serv + "network: yes, protocol: https, justification: set-up}]", "S1", "", ""},
		{"5.6-5-1/a", serv + "network: yes, justification: set-up}]", "S1", maybe, "declare S1.protocol"},
		{"5.6-5-1/a", serv + "network: yes, protocol: https}]", "S1", maybe, "declare S1.justification"},
		{"5.6-5-1/a", serv + "network: no, protocol: telnet, justification: console}]", "S1", "", ""},
		{"5.6-5-1/a", "SoftServ: [{id: S1, status: off, network: yes, protocol: telnet}]", "S1", "", ""},
		{"5.6-6-1/a", "CodeMin: [{id: K1}]", "K1", maybe, "declare K1.description"},
	}
}

func rowsOthers() []row {
	cases := []row{
		{"5.2-2-1/a", "VulnTypes: [{id: V1, action: mend}]", "V1", maybe, "declare V1.time_frame"},
		{"5.2-2-1/a", "VulnTypes: [{id: V1, action: mend, time_frame: 30 days}]", "V1", "", ""},
		{"5.7-1-1/a", "SecBoot: [{id: B1}]", "B1", maybe, "declare B1.security_guarantees"},
		{"5.7-1-1/b", "SecBoot: [{id: B1}]", "B1", maybe, "declare B1.detection_mechanisms"},
		{"5.7-2-1/a", "SecBoot: [{id: B1}]", "B1", maybe, "declare B1.user_notification"},
		{"5.7-2-1/b", "SecBoot: [{id: B1}]", "B1", maybe, "declare B1.notification_functionality"},
		{"5.7-2-1/b", "SecBoot: [{id: B1, notification_functionality: none}]", "B1", "", ""},
		{"5.9-1-1/a", "ResMech: [{id: R1, outage: [network]}, {id: R2, outage: [power]}]", "", yes, "R2 declares outage: [power]"},
		{"5.9-1-1/a", "ResMech: [{id: R1, outage: [network]}]", "", no, "no row of ResMech has outage power"},
		{"5.9-1-1/a", "ResMech: []", "", no, "network and power"},
		{"5.9-1-1/a", "ResMech: [{id: R1, outage: [network]}, {id: R2}]", "", maybe, "declare R2.outage"},
		{"5.9-1-1/a", "ResMech: [{id: R1, outage: [network, power]}, {id: R2}]", "", yes, "R1 declares"},
		{"5.9-1-1/a", "ResMech: [{id: R1, outage: [network, power], observed: cut}]", "", maybe, "confirm R1"},
		{"5.9-1-1/b", "ResMech: [{id: R1}]", "R1", maybe, "declare R1.security_guarantees"},
		{"5.9-3-1/a", "ComMech: [{id: M1}]", "M1", maybe, "declare M1.resilience_measures"},
		{"5.10-1-1/a", "TelData: [{id: T1, examination: yes}]", "T1", yes, "examination: yes"},
		{"5.10-1-1/a", "TelData: [{id: T1, examination: no}]", "T1", no, "examination: no"},
		{"5.10-1-1/a", "TelData: [{id: T1}]", "T1", maybe, "declare T1.examination"},
		{"5.10-1-1/a", "TelData: []", "", no, "no examination is declared"},
		{"5.10-1-1/b", "TelData: [{id: T1, examination: yes}]", "T1", maybe, "declare T1.security_examination"},
		{"5.11-1-1/a", "DelFunc: [{id: D1, target: [device], initiation_and_interaction: a button}]", "D1", yes, "target: [device]"},
		{"5.11-1-1/a", "DelFunc: [{id: D1, target: [device]}]", "D1", maybe, "declare D1.initiation_and_interaction"},
		{"5.11-1-1/a", "DelFunc: [{id: D1, target: [service]}]", "", no, "no function erases"},
		{"5.11-1-1/a", "DelFunc: [{id: D1}]", "D1", maybe, "declare D1.target"},
		{"5.11-2-1/a", "DelFunc: [{id: D1, target: [service], initiation_and_interaction: a page}]", "D1", yes, "target: [service]"},
		{"5.11-2-1/a", "DelFunc: [{id: D1, target: [device]}]", "", no, "no function removes"},
		{"5.11-2-1/a", "DelFunc: [{id: D1}]", "D1", maybe, "declare D1.target"},
		{"5.11-2-1/b", "PersData: [{id: X1, stored_at_service: yes}]\nDelFunc: [{id: D1, target: [device, service]}]", "X1", yes, "target: [device, service]"},
		{"5.11-2-1/b", "PersData: [{id: X1, stored_at_service: yes}]\nDelFunc: [{id: D1, target: [device]}]", "X1", no, "no row of DelFunc has target service"},
		{"5.11-2-1/b", "PersData: [{id: X1, stored_at_service: yes}]\nDelFunc: [{id: D1}]", "X1", maybe, "declare D1.target"},
		{"5.11-2-1/b", "PersData: [{id: X1, stored_at_service: yes}]", "X1", maybe, "declare ixit.DelFunc"},
		{"5.12-1-1/a", "UserDec: [{id: Q1, description: password}]", "Q1", maybe, "declare Q1.triggered_by"},
		{"5.12-1-1/b", "UserDec: [{id: Q1}]", "Q1", maybe, "declare Q1.options"},
		{"5.13-1-1/a", "UserIntf: []\nExtAPI: []\nComMech: [{id: M1, remote: no}]\nInpVal: []", "", yes, "no user interface"},
		{"5.13-1-1/a", "UserIntf: [{id: F1}]\nExtAPI: []\nComMech: [{id: M1, remote: yes}]\nInpVal: []", "", no, "input comes through F1, M1"},
		{"5.13-1-1/a", "UserIntf: [{id: F1}]\nExtAPI: []\nComMech: []\nInpVal: [{id: V1}]", "", "", ""},
		{"5.13-1-1/a", "UserIntf: []\nExtAPI: []\nComMech: [{id: M1}]\nInpVal: []", "", maybe, "declare M1.remote"},
		{"5.13-1-1/a", "UserIntf: [{id: F1}]\nInpVal: []", "", maybe, "declare ixit.ExtAPI and ixit.ComMech"},
		{"5.13-1-1/b", "InpVal: [{id: V1}]", "V1", maybe, "declare V1.description"},
		{"6-1-1/a", "UserInfo: {documentation_of_sensors: page 1}", "UserInfo", maybe, "declare UserInfo.documentation_of_personal_data"},
		{"6-1-1/a", "UserInfo: {documentation_of_personal_data: page 1}", "UserInfo", "", ""},
		{"6-2-1/a", "PersData: [{id: X1, consent: yes}]", "X1", maybe, "declare X1.obtaining_consent"},
		{"6-3-1/a", "PersData: [{id: X1, consent: yes}]", "X1", maybe, "declare X1.withdrawing_consent"},
		{"6-4-1/a", "PersData: [{id: X1}]\nTelData: [{id: T1, personal_data: [X1]}]", "X1", maybe, "declare T1.purpose"},
		{"6-4-1/a", "PersData: [{id: X1}]\nTelData: [{id: T1, personal_data: [X1], purpose: repairs}]", "X1", "", ""},
		{"6-5-1/a", "UserInfo: {documentation_of_sensors: page 1}", "UserInfo", maybe, "declare UserInfo.documentation_of_telemetry_data"},
	}
	for unit, field := range map[plimsoll.UnitID]string{
		"5.2-2-1/b": "confirmation_of_vulnerability_actions",
		"5.2-3-1/d": "confirmation_of_vulnerability_monitoring",
		"5.3-8-1/b": "confirmation_of_update_procedures",
		"5.5-8-1/b": "confirmation_of_secure_management",
		"5.6-9-1/b": "confirmation_of_secure_development",
	} {
		cases = append(
			cases,
			row{unit, "Conf: {" + field + ": {confirmed: yes}}", "Conf", yes, field + ".confirmed: yes"},
			row{unit, "Conf: {" + field + ": {confirmed: no}}", "Conf", no, field + ".confirmed: no"},
			row{unit, "Conf: {" + field + ": in place}", "Conf", maybe, "declare Conf." + field + ".confirmed"},
			row{unit, "Conf: {observed: x, " + field + ": {confirmed: yes}}", "Conf", maybe, "confirm Conf"},
			row{unit, "UpdProc: []", "", maybe, "declare ixit.Conf"},
		)
	}
	return cases
}
