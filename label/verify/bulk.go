package verify

import (
	"bufio"
	"bytes"
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
	maxHeader  = 64 << 10  // bytes
)

// Added are the columns that Bulk puts behind those of the articles.
var Added = []string{
	"label_outcome", "label_why", "label_assurance", "label_brand", "label_model", "label_version", "label_level",
	"label_support_end", "label_until", "label_number", "label_status_of",
}

// Bulk reads a CSV file of articles with a header, in which one column is named
// "label" and holds the URL, the digits or the number of a label, and writes the
// same rows with the columns Added. Columns are separated by commas, or by semicolons
// or tabs as spreadsheets do in many countries; what is written has the same. check
// judges one label, usually by Label; it is also asked for empty ones. The counts are
// by outcome. Also with an error, the rows checked before it have been written.
//
// A cell that a spreadsheet would take for a formula is written with an apostrophe
// before it.
func Bulk(ctx context.Context, r io.Reader, w io.Writer, check func(context.Context, string) (Result, error)) (map[Outcome]int, error) {
	limited := &io.LimitedReader{R: r, N: maxCSV + 1}
	buffered := bufio.NewReaderSize(limited, maxHeader)
	if err := passMark(buffered, w); err != nil {
		return nil, fmt.Errorf("reading the articles: %w", err)
	}
	comma, err := separator(buffered)
	if err != nil {
		return nil, fmt.Errorf("reading the header of the articles: %w", err)
	}
	in, out := csv.NewReader(buffered), csv.NewWriter(w)
	in.ReuseRecord, in.Comma, out.Comma = true, comma, comma
	defer out.Flush()
	head, err := in.Read()
	if err != nil {
		return nil, fmt.Errorf("reading the header of the articles: %w", err)
	}
	column, err := labelColumn(head)
	if err != nil {
		return nil, fmt.Errorf("reading the header of the articles: %w", err)
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

// passMark hands on the byte order mark that spreadsheets put before UTF-8.
func passMark(r *bufio.Reader, w io.Writer) error {
	const mark = "\ufeff"
	if start, _ := r.Peek(len(mark)); string(start) != mark {
		return nil
	}
	_, err := io.CopyN(w, r, int64(len(mark)))
	return err
}

// separator finds what stands between the columns: that with which the header, which
// is left unread, has a column for labels; a comma where none has.
func separator(r *bufio.Reader) (rune, error) {
	start, err := r.Peek(maxHeader)
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return 0, err
	case len(start) == 0:
		return 0, errors.New("the file is empty")
	case bytes.HasPrefix(start, []byte{0xff, 0xfe}) || bytes.HasPrefix(start, []byte{0xfe, 0xff}):
		return 0, errors.New("the file is in UTF-16: save it as CSV UTF-8")
	}
	for _, comma := range ",;\t" {
		c := csv.NewReader(bytes.NewReader(start))
		c.Comma = comma
		if head, err := c.Read(); err == nil {
			if _, err := labelColumn(head); err == nil {
				return comma, nil
			}
		}
	}
	return ',', nil
}

func labelColumn(head []string) (int, error) {
	if len(head) > maxColumns {
		return 0, fmt.Errorf("%d columns, want at most %d", len(head), maxColumns)
	}
	for i, h := range head {
		if strings.EqualFold(strings.TrimSpace(h), "label") {
			return i, nil
		}
	}
	return 0, fmt.Errorf("no column is named \"label\"; the first line has %.200q", head)
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
