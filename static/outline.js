// Writing minutes: Tab and Shift+Tab move a paragraph between the levels 一、（一）1.（1）, marks and phrases are put in where
// the cursor stands, and what is pasted from Word comes as text that keeps its levels and tables. Attributes: data-outline
// data-paste data-insert. Without scripts the same is typed by hand.
(() => {
  const { on } = window.portal
  const HAN = ['', '一', '二', '三', '四', '五', '六', '七', '八', '九']
  const KEYS = [/^[一二三四五六七八九十]+、/, /^[（(][一二三四五六七八九十]+[）)]/, /^\d{1,3}[.．](?!\d)/, /^[（(]\d{1,3}[）)]/]
  const han = n => n < 10 ? HAN[n] : `${n < 20 ? '' : HAN[Math.floor(n / 10)]}十${HAN[n % 10]}`
  const key = (level, n) => ['', `${han(n)}、`, `（${han(n)}）`, `${n}.`, `（${n}）`][level]
  const levelOf = line => KEYS.findIndex(one => one.test(line.trim())) + 1

  function put(field, start, end, text) {
    field.focus()
    field.setSelectionRange(start, end)
    // The old command is the only way that leaves the browser's own undo working.
    if (!document.execCommand('insertText', false, text)) field.setRangeText(text, start, end, 'end')
    field.dispatchEvent(new Event('input', { bubbles: true }))
  }

  function numberFor(lines, at, level) {  // one more than the last of its level under the same heading
    for (let i = at - 1; i >= 0; i--) {
      const other = levelOf(lines[i])
      if (other && other < level) return 1
      if (other === level) return count(lines[i].trim()) + 1
    }
    return 1
  }
  function count(line) {
    const digits = line.match(/\d+/)
    if (digits && /^[（(]?\d/.test(line)) return Number(digits[0])
    const word = line.match(/[一二三四五六七八九十]+/)[0], [tens, ones] = word.includes('十') ? word.split('十') : ['', word]
    return (word.includes('十') ? (HAN.indexOf(tens) || 1) * 10 : 0) + HAN.indexOf(ones)
  }

  let leaving = false  // Esc, then Tab: nobody is kept in the field
  on('focusin', () => { leaving = false })
  on('keydown', event => {
    const field = event.target
    if (event.key === 'Escape') leaving = true
    if (leaving || event.key !== 'Tab' || !field.matches?.('[data-outline]') || event.ctrlKey || event.altKey || event.isComposing) return
    const start = field.value.lastIndexOf('\n', field.selectionStart - 1) + 1
    const end = (field.value.indexOf('\n', field.selectionStart) + 1 || field.value.length + 1) - 1
    const line = field.value.slice(start, end), level = levelOf(line)
    const next = level + (event.shiftKey ? -1 : 1)
    if (next < 0 || next > 4 || !line.trim()) return  // an empty line, or no further level: Tab leaves the field as ever
    event.preventDefault()
    const lines = field.value.slice(0, start).split('\n')
    const words = level ? line.trim().replace(KEYS[level - 1], '') : line.trim()
    put(field, start, end, (next ? key(next, numberFor(lines, lines.length, next)) : '') + words)
  })

  on('click', event => {
    const button = event.target.closest('[data-insert]'), field = document.querySelector('[data-outline]')
    if (button && field) put(field, field.selectionStart, field.selectionEnd, button.dataset.insert)
  })

  on('paste', async event => {
    const field = event.target, html = event.clipboardData?.getData('text/html')
    if (!field.matches?.('[data-paste]') || !html || !/<(table|ol|ul|p|h[1-6])\b/i.test(html)) return
    event.preventDefault()
    const plain = event.clipboardData.getData('text/plain'), { selectionStart, selectionEnd } = field
    const body = new URLSearchParams({ html, csrf_token: field.form.elements.csrf_token.value })
    const answer = await fetch(field.dataset.paste, { method: 'POST', body }).catch(() => null)
    put(field, selectionStart, selectionEnd, answer?.ok ? await answer.text() : plain)
  })
})()
