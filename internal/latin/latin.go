// Package latin spells letters of other alphabets in Latin ones, for a device that
// lacks them: to be read, and not to be turned back.
package latin

// Spell spells a letter: as European does, and by sound Arabic (which writes no short
// vowels), Hebrew, kana and Hangul. Chinese characters, whose sound depends on the
// language, have none.
func Spell(r rune) (string, bool) {
	if spelled, ok := european[r]; ok {
		return spelled, true
	}
	if r >= firstHangul && r <= lastHangul {
		return hangul(r - firstHangul), true
	}
	if r >= 'ァ' && r <= 'ヶ' {
		r -= 'ァ' - 'ぁ' // katakana sound as hiragana
	}
	spelled, ok := bySound[r]
	return spelled, ok
}

const (
	firstHangul = '가'
	lastHangul  = '힣'
	vowels      = 21
	finals      = 28
)

// hangul spells the syllable of a number: first, vowel and final, in the Revised
// Romanization of South Korea, letter by letter.
func hangul(n rune) string {
	return hangulFirst[n/(vowels*finals)] + hangulVowel[n/finals%vowels] + hangulFinal[n%finals]
}

var (
	hangulFirst = [...]string{"g", "kk", "n", "d", "tt", "r", "m", "b", "pp", "s", "ss", "", "j", "jj", "ch", "k", "t", "p", "h"}
	hangulVowel = [...]string{"a", "ae", "ya", "yae", "eo", "e", "yeo", "ye", "o", "wa", "wae", "oe", "yo", "u", "wo", "we", "wi", "yu", "eu", "ui", "i"}
	hangulFinal = [...]string{"", "k", "k", "k", "n", "n", "n", "t", "l", "k", "m", "l", "l", "l", "p", "l", "m", "p", "p", "t", "t", "ng", "t", "t", "k", "t", "p", "t"}
)

var bySound = map[rune]string{
	'ά': "a", 'έ': "e", 'ή': "i", 'ί': "i", 'ό': "o", 'ύ': "y", 'ώ': "o",
	'ا': "a", 'أ': "a", 'إ': "i", 'آ': "a", 'ء': "'", 'ؤ': "'", 'ئ': "'", 'ب': "b", 'ت': "t", 'ث': "th", 'ج': "j", 'ح': "h", 'خ': "kh",
	'د': "d", 'ذ': "dh", 'ر': "r", 'ز': "z", 'س': "s", 'ش': "sh", 'ص': "s", 'ض': "d", 'ط': "t", 'ظ': "z", 'ع': "'", 'غ': "gh",
	'ف': "f", 'ق': "q", 'ك': "k", 'ل': "l", 'م': "m", 'ن': "n", 'ه': "h", 'ة': "a", 'و': "w", 'ي': "y", 'ى': "a",
	'پ': "p", 'چ': "ch", 'ژ': "zh", 'گ': "g", 'ک': "k", 'ی': "y", '،': ",", '؛': ";", '؟': "?",
	'א': "'", 'ב': "b", 'ג': "g", 'ד': "d", 'ה': "h", 'ו': "v", 'ז': "z", 'ח': "ch", 'ט': "t", 'י': "y", 'כ': "k", 'ך': "k", 'ל': "l",
	'מ': "m", 'ם': "m", 'נ': "n", 'ן': "n", 'ס': "s", 'ע': "'", 'פ': "p", 'ף': "f", 'צ': "ts", 'ץ': "ts", 'ק': "k", 'ר': "r", 'ש': "sh", 'ת': "t",
	'ぁ': "a", 'あ': "a", 'ぃ': "i", 'い': "i", 'ぅ': "u", 'う': "u", 'ぇ': "e", 'え': "e", 'ぉ': "o", 'お': "o",
	'か': "ka", 'が': "ga", 'き': "ki", 'ぎ': "gi", 'く': "ku", 'ぐ': "gu", 'け': "ke", 'げ': "ge", 'こ': "ko", 'ご': "go",
	'さ': "sa", 'ざ': "za", 'し': "shi", 'じ': "ji", 'す': "su", 'ず': "zu", 'せ': "se", 'ぜ': "ze", 'そ': "so", 'ぞ': "zo",
	'た': "ta", 'だ': "da", 'ち': "chi", 'ぢ': "ji", 'っ': "", 'つ': "tsu", 'づ': "zu", 'て': "te", 'で': "de", 'と': "to", 'ど': "do",
	'な': "na", 'に': "ni", 'ぬ': "nu", 'ね': "ne", 'の': "no", 'は': "ha", 'ば': "ba", 'ぱ': "pa", 'ひ': "hi", 'び': "bi", 'ぴ': "pi",
	'ふ': "fu", 'ぶ': "bu", 'ぷ': "pu", 'へ': "he", 'べ': "be", 'ぺ': "pe", 'ほ': "ho", 'ぼ': "bo", 'ぽ': "po",
	'ま': "ma", 'み': "mi", 'む': "mu", 'め': "me", 'も': "mo", 'ゃ': "ya", 'や': "ya", 'ゅ': "yu", 'ゆ': "yu", 'ょ': "yo", 'よ': "yo",
	'ら': "ra", 'り': "ri", 'る': "ru", 'れ': "re", 'ろ': "ro", 'わ': "wa", 'を': "o", 'ん': "n", 'ゔ': "vu", 'ー': "-",
	'、': ",", '。': ".", '・': ".",
}
