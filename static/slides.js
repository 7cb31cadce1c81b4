// Turning the pages of slides by the arrow keys, and keeping the current one of the strip in sight.
(() => {
  const { on } = window.portal
  const keys = { ArrowLeft: 'prev', PageUp: 'prev', ArrowRight: 'next', PageDown: 'next' }
  const find = selector => document.querySelector(`.viewer ${selector}`)

  on('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return
    if (!(event.key in keys) || event.target.closest('input, textarea, select, dialog, details')) return
    const link = find(`a[rel="${keys[event.key]}"], [data-page="${keys[event.key]}"]`)
    if (!link) return
    event.preventDefault()
    link.click()
  })
  function show() {
    const strip = find('.strip'), current = find('.strip [aria-current]')
    if (current) strip.scrollTo({ left: current.offsetLeft - (strip.clientWidth - current.clientWidth) / 2 })
  }
  on('htmx:after:swap', show)
  show()
})()
