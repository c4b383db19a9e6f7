package judge_test

import (
	"context"

	"github.com/plimsoll-iot/plimsoll/probe"
)

func noCollect(context.Context, *probe.Session) error { return nil }
