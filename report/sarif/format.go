package sarif

// The part of SARIF 2.1.0 that is written. Names are those of the format.

type document struct {
	Schema  string `json:"$schema"`
	Version string `json:"version"`
	Runs    []run  `json:"runs"`
}

type run struct {
	Tool        tool         `json:"tool"`
	Automation  automation   `json:"automationDetails"`
	Invocations []invocation `json:"invocations"`
	Artifacts   []artifact   `json:"artifacts"`
	Results     []result     `json:"results"`
	Properties  runProps     `json:"properties"`
}

type tool struct {
	Driver driver `json:"driver"`
}

type driver struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
	URI     string `json:"informationUri"`
	Rules   []rule `json:"rules"`
}

type rule struct {
	ID      string    `json:"id"`
	Short   message   `json:"shortDescription"`
	Full    message   `json:"fullDescription"`
	Help    message   `json:"help"`
	Default defaults  `json:"defaultConfiguration"`
	Props   ruleProps `json:"properties"`
}

type defaults struct {
	Level string `json:"level"`
}

type ruleProps struct {
	Tags []string `json:"tags"`
}

type message struct {
	Text string `json:"text"`
}

type automation struct {
	ID string `json:"id"`
}

type invocation struct {
	Successful    bool           `json:"executionSuccessful"`
	End           string         `json:"endTimeUtc"`
	Notifications []notification `json:"toolExecutionNotifications,omitempty"`
}

type notification struct {
	Level   string  `json:"level"`
	Message message `json:"message"`
}

type artifact struct {
	Location artifactLocation `json:"location"`
}

type artifactLocation struct {
	URI   string `json:"uri"`
	Index *int   `json:"index,omitempty"`
}

type result struct {
	RuleID       string            `json:"ruleId"`
	RuleIndex    int               `json:"ruleIndex"`
	Level        string            `json:"level"`
	Message      message           `json:"message"`
	Locations    []location        `json:"locations"`
	Fingerprints map[string]string `json:"partialFingerprints"`
	Suppressions []suppression     `json:"suppressions,omitempty"`
	Props        resultProps       `json:"properties"`
}

type location struct {
	Physical physical  `json:"physicalLocation"`
	Logical  []logical `json:"logicalLocations"`
}

type physical struct {
	Artifact artifactLocation `json:"artifactLocation"`
	Region   region           `json:"region"`
}

type region struct {
	StartLine int `json:"startLine"`
}

type logical struct {
	Name      string `json:"name"`
	Qualified string `json:"fullyQualifiedName"`
	Kind      string `json:"kind"`
}

type suppression struct {
	Kind          string `json:"kind"`
	Status        string `json:"status"`
	Justification string `json:"justification"`
}

type resultProps struct {
	Verdict   string   `json:"verdict"`
	Provision string   `json:"provision"`
	Subject   string   `json:"subject"`
	By        string   `json:"by,omitempty"`
	Evidence  []string `json:"evidence,omitempty"`
}

type runProps struct {
	Verdict  string   `json:"verdict"`
	Headline string   `json:"headline"`
	Standard string   `json:"standard"`
	Method   string   `json:"method"`
	Assessor string   `json:"assessor"`
	Product  string   `json:"product"`
	Firmware string   `json:"firmwareVersion,omitempty"`
	Bundle   string   `json:"bundle,omitempty"`
	Caveats  []string `json:"caveats,omitempty"`
}
