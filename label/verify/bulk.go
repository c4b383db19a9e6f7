package verify

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// Bounds of a CSV file of articles.
const (
	maxRows    = 1_000_000
	maxColumns = 64
	maxCSV     = 256 << 20 // bytes
)

// Added are the columns that Bulk puts behind those of the articles.
var Added = []string{
	"label_outcome", "label_why", "label_assurance", "label_brand", "label_model", "label_version", "label_level",
	"label_support_end", "label_until", "label_number", "label_status_of",
}

// Bulk reads a CSV file of articles with a header, in which one column is named
// "label" and holds the URL, the digits or the number of a label, and writes the
// same rows with the columns Added. check judges one label, usually by Label; it
// is also asked for empty ones. The counts are by outcome.
//
// A cell that a spreadsheet would take for a formula is written with an apostrophe
// before it.
func Bulk(ctx context.Context, r io.Reader, w io.Writer, check func(context.Context, string) (Result, error)) (map[Outcome]int, error) {
	limited := &io.LimitedReader{R: r, N: maxCSV + 1}
	in, out := csv.NewReader(limited), csv.NewWriter(w)
	in.ReuseRecord = true
	head, err := in.Read()
	if err != nil {
		return nil, fmt.Errorf("reading the header of the articles: %w", err)
	}
	column, err := labelColumn(head)
	if err != nil {
		return nil, err
	}
	if err := out.Write(append(harmless(head), Added...)); err != nil {
		return nil, fmt.Errorf("writing the answers: %w", err)
	}
	counts := map[Outcome]int{}
	for rows := 1; ; rows++ {
		row, err := in.Read()
		switch {
		case limited.N <= 0:
			return counts, fmt.Errorf("reading the articles: more than %d MiB", maxCSV>>20)
		case errors.Is(err, io.EOF):
			out.Flush()
			return counts, out.Error()
		case err != nil:
			return counts, fmt.Errorf("reading the articles: %w", err)
		case rows > maxRows:
			return counts, fmt.Errorf("reading the articles: more than %d rows", maxRows)
		}
		if err := ctx.Err(); err != nil {
			return counts, err
		}
		res, err := check(ctx, row[column])
		if err != nil {
			return counts, fmt.Errorf("checking the label in row %d: %w", rows, err)
		}
		counts[res.Outcome]++
		if err := out.Write(append(harmless(row), res.cells()...)); err != nil {
			return counts, fmt.Errorf("writing the answers: %w", err)
		}
	}
}

func labelColumn(head []string) (int, error) {
	if len(head) > maxColumns {
		return 0, fmt.Errorf("reading the header of the articles: %d columns, want at most %d", len(head), maxColumns)
	}
	for i, h := range head {
		h = strings.TrimPrefix(h, "\ufeff") // spreadsheets write one
		if strings.EqualFold(strings.TrimSpace(h), "label") {
			return i, nil
		}
	}
	return 0, errors.New(`reading the header of the articles: no column is named "label"`)
}

func (r Result) cells() []string {
	c := []string{r.Outcome.String(), r.Why}
	if r.Number == "" {
		return harmless(append(c, make([]string, len(Added)-len(c))...))
	}
	checked := ""
	if !r.Checked.IsZero() {
		checked = r.Checked.Format(time.RFC3339)
	}
	return harmless(append(c, r.Assurance.String(), r.Brand, r.Model, r.Version, strconv.Itoa(int(r.Level)),
		r.SupportEnd.String(), r.Until.Format(time.RFC3339), r.Number, checked))
}

// harmless keeps cells from being run as formulas (CSV injection). The result is a
// copy.
func harmless(row []string) []string {
	out := make([]string, len(row), len(row)+len(Added))
	for i, s := range row {
		if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
			s = "'" + s
		}
		out[i] = s
	}
	return out
}
