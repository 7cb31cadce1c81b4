// The keys of the record page (they are listed on it), and due days that are filled in by a click.
// Listens on the window, before portal.js, since Ctrl+Enter in a text would submit its form.
(() => {
  const { on, isComposing } = window.portal
  const find = selector => document.querySelector(selector)
  const leave = link => { document.activeElement?.blur(); link?.click() }  // leaving the field saves it

  function decide() {
    const words = find('#words textarea'), line = find('#decisions .line-entry [name="text"]')
    if (!line) return
    const picked = document.activeElement === words ? words.value.slice(words.selectionStart, words.selectionEnd) : ''
    if (picked.trim()) line.value = picked.replace(/\s+/g, ' ').trim()
    line.focus()
  }
  addEventListener('keydown', event => {
    const { key, altKey, ctrlKey, metaKey } = event
    if (isComposing() || event.isComposing || !find('#desk')) return
    const command = ctrlKey || metaKey
    const act = {
      Enter: command && event.target.closest('#words') ? decide : altKey && (() => leave(find('[data-task]'))),
      ArrowDown: altKey && (() => leave(find('#words [rel="next"]'))),
      ArrowUp: altKey && (() => leave(find('#words [rel="prev"]'))),
    }[key]
    if (!act) return
    event.preventDefault()
    event.stopImmediatePropagation()
    act()
  }, true)
  on('click', event => {
    const day = event.target.closest('[data-due]')
    if (!day) return
    const field = day.closest('form').elements.due
    field.value = day.dataset.due
    field.focus()
  })
})()
