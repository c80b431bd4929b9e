package configs_test

import (
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/configs"
)

// Rules of conduct are read whole, and what they cannot be is named.
func TestAbuse(t *testing.T) {
	text := "adjust: {manager_above: 0}\nabuse: {same_member: {sales: 3, within: 12h, do: refuse}, own_number: {do: note}, after_tender: {do: off}}"
	got := loaded(t, []string{written(t, text)}, nil)
	want := configs.Abuse{SameMember: configs.SameMember{Sales: 3, Within: 12 * time.Hour, Do: "refuse"}, OwnNumber: configs.Rule{Do: "note"}, AfterTender: configs.Rule{Do: "off"}}
	if got.Abuse != want || got.Adjust.ManagerAbove != 0 {
		t.Errorf("%+v, %+v", got.Abuse, got.Adjust)
	}
	for text, want := range map[string]string{
		"adjust: {manager_above: -1}":             "adjust.manager_above",
		"abuse: {own_number: {do: forbid}}":       "off, note, ask, refuse",
		"abuse: {same_member: {sales: 0}}":        "at least 1",
		"abuse: {same_member: {within: 5}}":       "no unit",
		"abuse: {same_member: {within: 1s}}":      "abuse.same_member.within",
		"abuse: {same_membr: {sales: 1}}":         "same_member",
		"abuse: {after_tender: {do: note, n: 1}}": "after_tender",
	} {
		_, err := configs.Load([]string{written(t, text)}, nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
