package tlc_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/tenure-go/tenure/tools/modelcheck/internal/tlc/tlctest"
)

func TestMain(m *testing.M) {
	tlctest.ActAsJava()
	goleak.VerifyTestMain(m)
}
