// Rows in order: <ol id="…" data-reorder="URL"> of <li data-id="7"> with a .grip each. Dragging the grip, or the arrow keys
// and Home and End on it, moves the row; the new order is posted as order=7&order=3… (and version, from data-version).
// The answer is the list's new fragment (morphed in place) or 204. When it fails the rows go back to where they were.
(() => {
  const { all, on, say } = window.portal
  const rows = list => all(':scope > [data-id]', list)
  const order = list => rows(list).map(row => row.dataset.id)
  const waiting = new WeakMap()
  const spoken = Object.assign(document.createElement('p'), { className: 'vh' })
  spoken.setAttribute('role', 'status')
  document.body.append(spoken)

  function put(list, ids) {
    const byId = new Map(rows(list).map(row => [row.dataset.id, row]))
    list.append(...ids.map(id => byId.get(id)).filter(Boolean))
  }
  async function post(list, before) {
    const body = new URLSearchParams(order(list).map(id => ['order', id]))
    if (list.dataset.version) body.append('version', list.dataset.version)
    const headers = { 'X-CSRFToken': document.body.dataset.csrf, 'HX-Request': 'true' }
    const held = document.activeElement?.closest('[data-id]')?.dataset.id
    try {
      const answer = await fetch(list.dataset.reorder, { method: 'POST', body, headers })
      const text = await answer.text(), target = answer.headers.get('HX-Retarget')
      if (answer.headers.get('HX-Redirect')) { location.href = answer.headers.get('HX-Redirect'); return }
      if (!answer.ok) put(list, before)
      if (!answer.ok && !target) return say('顺序没有保存，请刷新页面后再试。', 'bad')
      if (text) await window.htmx.swap({ text, target: target ?? `#${list.dataset.target ?? list.id}`, swap: target ? 'innerHTML' : 'outerMorph', sourceElement: list })
    } catch {
      put(list, before)
      say('连接断开，顺序没有保存，已恢复原状。', 'bad')
    }
    if (held) document.querySelector(`[data-id="${held}"] .grip`)?.focus()
  }
  function soon(list, before) {
    const first = waiting.get(list) ?? { before }
    clearTimeout(first.timer)
    first.timer = setTimeout(() => { waiting.delete(list); post(list, first.before) }, 500)
    waiting.set(list, first)
  }

  on('keydown', event => {
    const grip = event.target.closest?.('.grip'), list = grip?.closest('[data-reorder]')
    if (!list || !['ArrowUp', 'ArrowDown', 'Home', 'End'].includes(event.key)) return
    event.preventDefault()
    const row = grip.closest('[data-id]'), before = order(list), at = before.indexOf(row.dataset.id)
    const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: before.length - 1 }[event.key]
    if (to < 0 || to >= before.length || to === at) return
    const ids = before.toSpliced(at, 1).toSpliced(to, 0, row.dataset.id)
    put(list, ids)
    grip.focus()
    spoken.textContent = `已移到第 ${to + 1} 位，共 ${ids.length} 位`
    soon(list, before)
  })

  function lift() {
    for (const list of all('[data-reorder]')) {
      if (!window.Sortable || window.Sortable.get(list)) continue
      let before
      window.Sortable.create(list, {
        handle: '.grip', draggable: '[data-id]', animation: 150, ghostClass: 'ghosted', chosenClass: 'lifted',
        onStart() { before = order(list) },
        onEnd() { if (order(list).join() !== before.join()) soon(list, before) },
      })
    }
  }
  on('htmx:after:swap', lift)
  lift()
})()
