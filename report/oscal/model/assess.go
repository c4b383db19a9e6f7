package model

// What assessment plans and results have beside the shared parts.

type PlanDoc struct {
	UUID     string           `json:"uuid"`
	Metadata Metadata         `json:"metadata"`
	SSP      Reference        `json:"import-ssp"`
	Local    *PlanDefinitions `json:"local-definitions,omitempty"`
	Reviewed Reviewed         `json:"reviewed-controls"`
	Subjects []PlanSubject    `json:"assessment-subjects"`
	Assets   Assets           `json:"assessment-assets"`
	Tasks    []Task           `json:"tasks,omitempty"`
}

type Reference struct {
	Href    string `json:"href"`
	Remarks string `json:"remarks,omitempty"`
}

type PlanDefinitions struct {
	Components []Component `json:"components,omitempty"`
	Activities []Activity  `json:"activities,omitempty"`
}

type Activity struct {
	UUID        string     `json:"uuid"`
	Title       string     `json:"title"`
	Description string     `json:"description"`
	Props       []Property `json:"props,omitempty"`
	Steps       []Step     `json:"steps,omitempty"`
	Related     *Reviewed  `json:"related-controls,omitempty"`
}

type Step struct {
	UUID        string     `json:"uuid"`
	Title       string     `json:"title"`
	Description string     `json:"description"`
	Props       []Property `json:"props,omitempty"`
	Remarks     string     `json:"remarks,omitempty"`
}

type PlanSubject struct {
	Type    string          `json:"type"`
	Include []SubjectSelect `json:"include-subjects"`
}

type SubjectSelect struct {
	UUID string `json:"subject-uuid"`
	Type string `json:"type"`
}

type Task struct {
	UUID       string       `json:"uuid"`
	Type       string       `json:"type"`
	Title      string       `json:"title"`
	Activities []Associated `json:"associated-activities,omitempty"`
}

type Associated struct {
	Activity string        `json:"activity-uuid"`
	Subjects []PlanSubject `json:"subjects"`
}

type Reviewed struct {
	Description string               `json:"description,omitempty"`
	Controls    []ControlSelection   `json:"control-selections"`
	Objectives  []ObjectiveSelection `json:"control-objective-selections,omitempty"`
	Remarks     string               `json:"remarks,omitempty"`
}

type ControlSelection struct {
	All     *struct{}     `json:"include-all,omitempty"`
	Include []ControlByID `json:"include-controls,omitempty"`
	Exclude []ControlByID `json:"exclude-controls,omitempty"`
}

type ObjectiveSelection struct {
	Include []ObjectiveByID `json:"include-objectives"`
}

type ControlByID struct {
	ID string `json:"control-id"`
}

type ObjectiveByID struct {
	ID string `json:"objective-id"`
}

type Component struct {
	UUID        string     `json:"uuid"`
	Type        string     `json:"type"`
	Title       string     `json:"title"`
	Description string     `json:"description"`
	Props       []Property `json:"props,omitempty"`
	Status      State      `json:"status"`
}

type State struct {
	State   string `json:"state"`
	Reason  string `json:"reason,omitempty"`
	Remarks string `json:"remarks,omitempty"`
}

type Assets struct {
	Components []Component `json:"components,omitempty"`
	Platforms  []Platform  `json:"assessment-platforms"`
}

type Platform struct {
	UUID  string          `json:"uuid"`
	Title string          `json:"title"`
	Props []Property      `json:"props,omitempty"`
	Uses  []UsesComponent `json:"uses-components,omitempty"`
}

type UsesComponent struct {
	UUID string `json:"component-uuid"`
}

type ResultsDoc struct {
	UUID       string      `json:"uuid"`
	Metadata   Metadata    `json:"metadata"`
	Plan       Reference   `json:"import-ap"`
	Results    []Result    `json:"results"`
	BackMatter *BackMatter `json:"back-matter,omitempty"`
}

type Result struct {
	UUID         string            `json:"uuid"`
	Title        string            `json:"title"`
	Description  string            `json:"description"`
	Start        string            `json:"start"`
	End          string            `json:"end,omitempty"`
	Props        []Property        `json:"props,omitempty"`
	Local        ResultDefinitions `json:"local-definitions"`
	Reviewed     Reviewed          `json:"reviewed-controls"`
	Log          *Log              `json:"assessment-log,omitempty"`
	Observations []Observation     `json:"observations,omitempty"`
	Risks        []Risk            `json:"risks,omitempty"`
	Findings     []Finding         `json:"findings,omitempty"`
	Remarks      string            `json:"remarks,omitempty"`
}

type ResultDefinitions struct {
	Components []Component `json:"components"`
	Items      []Item      `json:"inventory-items,omitempty"`
	Assets     Assets      `json:"assessment-assets"`
}

type Item struct {
	UUID        string     `json:"uuid"`
	Description string     `json:"description"`
	Props       []Property `json:"props,omitempty"`
}

type Log struct {
	Entries []Entry `json:"entries"`
}

type Entry struct {
	UUID        string     `json:"uuid"`
	Title       string     `json:"title"`
	Description string     `json:"description,omitempty"`
	Start       string     `json:"start"`
	End         string     `json:"end,omitempty"`
	Props       []Property `json:"props,omitempty"`
}

type Observation struct {
	UUID        string       `json:"uuid"`
	Title       string       `json:"title"`
	Description string       `json:"description"`
	Props       []Property   `json:"props,omitempty"`
	Methods     []string     `json:"methods"`
	Types       []string     `json:"types,omitempty"`
	Origins     []Origin     `json:"origins,omitempty"`
	Subjects    []SubjectRef `json:"subjects,omitempty"`
	Evidence    []Relevant   `json:"relevant-evidence,omitempty"`
	Collected   string       `json:"collected"`
	Remarks     string       `json:"remarks,omitempty"`
}

type Origin struct {
	Actors []Actor `json:"actors"`
}

type Actor struct {
	Type string `json:"type"`
	UUID string `json:"actor-uuid"`
}

type SubjectRef struct {
	UUID  string `json:"subject-uuid"`
	Type  string `json:"type"`
	Title string `json:"title,omitempty"`
}

type Relevant struct {
	Href        string `json:"href"`
	Description string `json:"description"`
}

type Risk struct {
	UUID         string            `json:"uuid"`
	Title        string            `json:"title"`
	Description  string            `json:"description"`
	Statement    string            `json:"statement"`
	Props        []Property        `json:"props,omitempty"`
	Status       string            `json:"status"`
	Remediations []Remediation     `json:"remediations,omitempty"`
	Related      []RelatedToResult `json:"related-observations,omitempty"`
}

type Remediation struct {
	UUID        string `json:"uuid"`
	Lifecycle   string `json:"lifecycle"`
	Title       string `json:"title"`
	Description string `json:"description"`
}

type Finding struct {
	UUID        string            `json:"uuid"`
	Title       string            `json:"title"`
	Description string            `json:"description"`
	Props       []Property        `json:"props,omitempty"`
	Target      Target            `json:"target"`
	Related     []RelatedToResult `json:"related-observations,omitempty"`
	Risks       []RelatedRisk     `json:"related-risks,omitempty"`
	Remarks     string            `json:"remarks,omitempty"`
}

type Target struct {
	Type   string `json:"type"`
	ID     string `json:"target-id"`
	Title  string `json:"title,omitempty"`
	Status State  `json:"status"`
}

type RelatedToResult struct {
	Observation string `json:"observation-uuid"`
	Remarks     string `json:"remarks,omitempty"`
}

type RelatedRisk struct {
	Risk string `json:"risk-uuid"`
}
