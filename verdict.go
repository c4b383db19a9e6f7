package plimsoll

// Verdict is the answer of a judgement. The empty Verdict means that nothing was
// judged, which is not the same as INCONCLUSIVE.
type Verdict string

// The verdicts of TS 103 701, 4.2. "Not applicable" is not a verdict.
const (
	Pass         Verdict = "PASS"
	Fail         Verdict = "FAIL"
	Inconclusive Verdict = "INCONCLUSIVE"
)

// Valid reports whether v is one of the three verdicts.
func (v Verdict) Valid() bool { return v == Pass || v == Fail || v == Inconclusive }

// All combines verdicts of which every one must hold: any FAIL is FAIL, else any
// INCONCLUSIVE is INCONCLUSIVE, else PASS. Empty verdicts count as INCONCLUSIVE,
// and so does an empty list: silence never gives PASS.
func All(vs ...Verdict) Verdict {
	if len(vs) == 0 {
		return Inconclusive
	}
	out := Pass
	for _, v := range vs {
		switch {
		case v == Fail:
			return Fail
		case v != Pass:
			out = Inconclusive
		}
	}
	return out
}

// Some combines verdicts of which one must hold: any PASS is PASS, else any
// INCONCLUSIVE is INCONCLUSIVE, else FAIL. An empty list is INCONCLUSIVE.
func Some(vs ...Verdict) Verdict {
	if len(vs) == 0 {
		return Inconclusive
	}
	out := Fail
	for _, v := range vs {
		switch {
		case v == Pass:
			return Pass
		case v != Fail:
			out = Inconclusive
		}
	}
	return out
}

// Truth is a three-valued answer (Kleene): true, false or unknown.
type Truth int8

// The three truth values.
const (
	Unknown Truth = iota
	False
	True
)

// TruthOf turns a bool into a Truth.
func TruthOf(b bool) Truth {
	if b {
		return True
	}
	return False
}

// String returns "true", "false" or "unknown".
func (t Truth) String() string { return [...]string{"unknown", "false", "true"}[t] }

// Not negates: unknown stays unknown.
func (t Truth) Not() Truth { return [...]Truth{Unknown, True, False}[t] }

// And is the Kleene conjunction.
func And(ts ...Truth) Truth {
	out := True
	for _, t := range ts {
		switch {
		case t == False:
			return False
		case t == Unknown:
			out = Unknown
		}
	}
	return out
}

// Or is the Kleene disjunction.
func Or(ts ...Truth) Truth {
	out := False
	for _, t := range ts {
		switch {
		case t == True:
			return True
		case t == Unknown:
			out = Unknown
		}
	}
	return out
}
