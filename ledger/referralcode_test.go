package ledger_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// A code is its account's for ever: what stands on a paper today is read by any
// release to come.
func TestReferralCodeOfAnAccount(t *testing.T) {
	account, err := ledger.ParseID[struct{}]("6c1f8b0e-6f1d-4c7a-9a8e-1d2c3b4a5f60")
	if err != nil {
		t.Fatal(err)
	}
	const want = "PSR2Y-DVRDS"
	if got := ledger.ReferralCodeOf(ledger.AccountID(account)); got != want {
		t.Errorf("code is %s, want %s", got, want)
	}
}

// A code is read however it is said, and leads to its account alone.
func TestReferralCodeLeadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		account := drawAccount(t)
		code := ledger.ReferralCodeOf(account)
		for _, said := range []string{
			string(code), strings.ToLower(string(code)), strings.ReplaceAll(string(code), "-", ""), " " + strings.ReplaceAll(string(code), "-", " "),
		} {
			if read, err := ledger.ReadReferralCode(said); err != nil || read != code {
				t.Fatalf("%q is read as %q, %v", said, read, err)
			}
		}
		first, last := code.Accounts()
		if text := account.String(); text < first.String() || text > last.String() {
			t.Fatalf("%s is not between %s and %s", text, first, last)
		}
		if other := drawAccount(t); other.String() >= first.String() && other.String() <= last.String() && ledger.ReferralCodeOf(other) != code {
			t.Fatalf("%s has another code and is between", other)
		}
	})
}

// One wrong letter, or two that changed places, is noticed always.
func TestReferralCodeNoticesSlips(t *testing.T) {
	const letters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
	rapid.Check(t, func(t *rapid.T) {
		code := []byte(strings.ReplaceAll(string(ledger.ReferralCodeOf(drawAccount(t))), "-", ""))
		for i := range code {
			right := code[i]
			for _, wrong := range []byte(letters) {
				code[i] = wrong
				if _, err := ledger.ReadReferralCode(string(code)); (err == nil) != (wrong == right) {
					t.Fatalf("%s: %v", code, err)
				}
			}
			code[i] = right
			for j := range i {
				code[i], code[j] = code[j], code[i]
				if _, err := ledger.ReadReferralCode(string(code)); (err == nil) != (code[i] == code[j]) {
					t.Fatalf("%s: %v", code, err)
				}
				code[i], code[j] = code[j], code[i]
			}
		}
	})
}

// What is too short or long, or has letters that no code has, is none, and leads
// to nobody.
func TestNoReferralCode(t *testing.T) {
	for _, text := range []string{"", "-", "PSR2Y", "PSR2Y-DVRDSS", "0SR2Y-DVRDS", "PSR2Y-DVRDI", "ÄÖÜ", "LC1-ABCDE"} {
		if code, err := ledger.ReadReferralCode(text); err != ledger.ErrNoReferralCode || code != "" {
			t.Errorf("%q is read as %q, %v", text, code, err)
		}
		if first, last := ledger.ReferralCode(text).Accounts(); !first.IsZero() || !last.IsZero() {
			t.Errorf("%q leads to %s", text, first)
		}
	}
}

// Only an enroll that makes an account has a referrer.
func TestReferrerOfAnEntry(t *testing.T) {
	account, other := ledger.AccountID{1, 6: 0x40, 8: 0x80}, ledger.AccountID{2, 6: 0x40, 8: 0x80}
	enroll := func(joins ledger.AccountID, referrer ledger.ReferralCode) error {
		e := ledger.Entry{
			V: ledger.Version, ID: ledger.EntryID{1, 6: 0x70, 8: 0x80}, Kind: ledger.Enroll, At: 1, Store: "1", Day: "2026-11-22", Operator: "-",
			Subject: ledger.SubjectOf(account), Joins: joins, Proof: ledger.Presented, Referrer: referrer, Attachment: ledger.Hash{1},
		}
		_, err := e.Encode()
		return err
	}
	code := ledger.ReferralCodeOf(ledger.AccountID{3, 6: 0x40, 8: 0x80})
	for _, of := range []struct {
		joins    ledger.AccountID
		referrer ledger.ReferralCode
		ok       bool
	}{{referrer: code, ok: true}, {joins: other, ok: true}, {joins: other, referrer: code}, {referrer: "nobody"}} {
		if err := enroll(of.joins, of.referrer); (err == nil) != of.ok {
			t.Errorf("%+v: %v", of, err)
		}
	}
}

func drawAccount(t *rapid.T) (account ledger.AccountID) {
	copy(account[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "account"))
	return account
}

// Whatever is read as a code stands in its one form, and leads to accounts that have it.
func FuzzReadReferralCode(f *testing.F) {
	for _, seed := range []string{"PSR2Y-DVRDS", "psr2ydvrds", " psr2y dvrds ", "PSR2Y-DVRDT", "", "ＰＳＲ２Ｙ-DVRDS", "ſſſſſſſſſſ"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		code, err := ledger.ReadReferralCode(text)
		if err != nil {
			return
		}
		if first, last := code.Accounts(); ledger.ReferralCodeOf(first) != code || ledger.ReferralCodeOf(last) != code || !ledger.IsReferralCode(string(code)) {
			t.Errorf("%q is %s, of %s to %s", text, code, first, last)
		}
	})
}
