package site

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"strconv"
	"time"

	"github.com/plimsoll-iot/plimsoll/label"
	"github.com/plimsoll-iot/plimsoll/report/csvfile"
	"github.com/plimsoll-iot/plimsoll/scheme"
)

// DataSchema is the identifier of the format of labels.json.
const DataSchema = "plimsoll.labels/1"

// Data is labels.json: the open data of a scheme.
type Data struct {
	Schema  string    `json:"schema"`
	Scheme  string    `json:"scheme"`
	Name    string    `json:"name"`
	LogSize uint64    `json:"log_size"`
	Written time.Time `json:"written"`
	Labels  []Row     `json:"labels"`
}

// Row is a label in the open data.
type Row struct {
	Number     string          `json:"number"`
	Standing   string          `json:"standing"`
	Assurance  label.Assurance `json:"assurance"`
	Level      uint8           `json:"level"`
	Brand      string          `json:"brand"`
	Model      string          `json:"model"`
	Version    string          `json:"version"`
	Category   string          `json:"category,omitempty"`
	GTIN       uint64          `json:"gtin,omitempty"`
	From       time.Time       `json:"from"`
	Until      time.Time       `json:"until"`
	SupportEnd label.Day       `json:"support_end"`
	Renews     string          `json:"renews,omitempty"`
	RenewedBy  string          `json:"renewed_by,omitempty"`
	Approvals  scheme.Machines `json:"approvals_from"`
	LogIndex   uint64          `json:"log_index"`
	History    []scheme.Change `json:"history"`
	Token      string          `json:"token"`
}

func (w *writer) openData(context.Context) error {
	s := &w.f.State
	text := func(n label.Number) string {
		if n == 0 {
			return ""
		}
		return label.NumberText(s.Code, n)
	}
	d := Data{Schema: DataSchema, Scheme: s.Code, Name: w.sc.Name, LogSize: s.Size, Written: w.now, Labels: []Row{}}
	for _, n := range s.Order {
		l := s.Labels[n]
		c := l.Grant.Claims
		d.Labels = append(d.Labels, Row{
			Number: text(n), Standing: l.Standing.String(), Assurance: c.Assurance, Level: c.Level,
			Brand: c.Brand, Model: c.Model, Version: c.Version, Category: l.Grant.Category, GTIN: c.GTIN,
			From: c.From, Until: c.Until, SupportEnd: issued(l).SupportEnd, Renews: text(l.Grant.Replaces), RenewedBy: text(l.Replaced),
			Approvals: l.Machines, LogIndex: l.Index, History: l.History, Token: l.Token.Digits(),
		})
	}
	b, err := json.MarshalIndent(d, "", " ")
	if err != nil {
		return err
	}
	table, err := table(d.Labels)
	if err != nil {
		return err
	}
	if err := w.put("labels.csv", table); err != nil {
		return err
	}
	return w.put("labels.json", append(b, '\n'))
}

// table is the open data for a spreadsheet. A cell that one would take for a formula
// gets an apostrophe before it.
func table(rows []Row) ([]byte, error) {
	var b bytes.Buffer
	c := csv.NewWriter(&b)
	out := [][]string{{"number", "standing", "assurance", "level", "brand", "model", "version", "category", "gtin", "from", "until", "support_end", "log_index"}}
	for _, r := range rows {
		gtin := ""
		if r.GTIN != 0 {
			gtin = strconv.FormatUint(r.GTIN, 10)
		}
		out = append(out, []string{
			r.Number, r.Standing, r.Assurance.String(), strconv.Itoa(int(r.Level)), csvfile.Tame(r.Brand), csvfile.Tame(r.Model), csvfile.Tame(r.Version), csvfile.Tame(r.Category), gtin,
			r.From.Format(time.DateOnly), r.Until.Format(time.DateOnly), r.SupportEnd.String(), strconv.FormatUint(r.LogIndex, 10),
		})
	}
	err := c.WriteAll(out)
	return b.Bytes(), err
}
