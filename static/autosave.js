// Text that saves itself: <textarea data-autosave="URL" name="text"> in a form whose hidden fields travel along.
// 1.5 s after typing rests the form's fields are posted. The answer may be JSON {"version": 3}; a refusal is a message fragment.
// <span class="saved" role="status" data-saved="ID of the textarea"> shows how it stands. Until the server has
// acknowledged a text a copy stays in this tab's session storage, so that neither a reload nor a lost line loses it.
(() => {
  const { all, on, say, two } = window.portal
  const REST = 1500, RETRY = 5000
  const state = new WeakMap()
  const keyOf = field => `draft:${document.body.dataset.user}:${location.pathname}#${field.id}`
  const of = field => {
    if (!state.has(field)) state.set(field, { timer: 0, sending: false, saved: field.defaultValue, stopped: false })
    return state.get(field)
  }
  const versionOf = field => field.form.elements.version?.value
  const dirty = field => field.value !== of(field).saved

  function show(field, text, kind = '') {
    const place = document.querySelector(`[data-saved="${field.id}"]`)
    if (!place) return
    place.textContent = text
    place.className = `saved ${kind}`
  }
  function later(field, wait) {
    const it = of(field)
    clearTimeout(it.timer)
    it.timer = setTimeout(save, wait, field)
  }

  async function save(field) {
    const it = of(field)
    clearTimeout(it.timer)
    if (it.sending || it.stopped || !dirty(field) || !field.isConnected) return
    if (window.portal.isComposing()) return later(field, REST)
    const text = field.value, body = new FormData(field.form)
    body.delete('once')  // a repeated save is meant
    it.sending = true
    show(field, '正在保存…', 'busy')
    let answer
    try {
      answer = await fetch(field.dataset.autosave, {
        method: 'POST', body: new URLSearchParams(body), keepalive: text.length < 15000, redirect: 'manual',
        headers: { 'X-CSRFToken': document.body.dataset.csrf, 'HX-Request': 'true', Accept: 'application/json' },
      })
    } catch { answer = { status: 0 } }
    it.sending = false
    if (answer.ok) return acknowledged(field, text, answer)
    if (answer.status === 0 || answer.status >= 500 || answer.status === 429) {
      show(field, '连接断开，文字暂存在本机，正在重试…', 'bad')
      return later(field, RETRY)
    }
    it.stopped = true
    if (answer.status === 401) {
      show(field, '登录已过期，文字暂存在本机。请在新窗口登录后继续输入。', 'bad')
      it.stopped = false
      return
    }
    show(field, '没有保存', 'bad')
    document.getElementById('messages').innerHTML = await answer.text()
  }
  async function acknowledged(field, text, answer) {
    const it = of(field), version = field.form.elements.version
    const told = answer.headers.get('Content-Type')?.includes('json') ? await answer.json() : {}
    if (version && told.version != null) version.value = told.version
    it.saved = text
    if (dirty(field)) return later(field, REST)
    sessionStorage.removeItem(keyOf(field))
    const now = new Date()
    show(field, `已保存 ${told.saved ?? `${two(now.getHours())}:${two(now.getMinutes())}`}`)
  }

  on('settled', event => {
    const field = event.target
    if (!field.matches('[data-autosave]')) return
    const it = of(field)
    const draft = { text: field.value, version: versionOf(field) }
    try { sessionStorage.setItem(keyOf(field), JSON.stringify(draft)) } catch { /* full: the server copy still follows */ }
    if (it.stopped) return
    if (!it.sending) show(field, '未保存', 'busy')
    later(field, REST)
  })
  function restore() {
    for (const field of all('[data-autosave]')) {
      const kept = sessionStorage.getItem(keyOf(field))
      if (state.has(field) || kept === null) continue
      const draft = JSON.parse(kept)
      of(field)
      if (draft.text === field.value) { sessionStorage.removeItem(keyOf(field)); continue }
      if (draft.version !== versionOf(field)) { beside(field, draft.text); continue }
      field.value = draft.text
      show(field, '已找回上次没有保存的文字', 'busy')
      later(field, REST)
    }
  }
  function beside(field, text) {  // somebody else saved meanwhile: both texts are shown, the person decides
    const box = document.createElement('div'), label = document.createElement('label'), mine = document.createElement('textarea')
    box.className = 'field'
    label.textContent = '您上次没有保存的文字（这一项已被别人修改，请对照后并入上面）'
    label.htmlFor = mine.id = `${field.id}-draft`
    Object.assign(mine, { value: text, readOnly: true })
    box.append(label, mine)
    field.after(box)
  }
  const flush = () => all('[data-autosave]').forEach(save)
  on('focusout', event => { if (event.target.matches?.('[data-autosave]')) save(event.target) })
  on('visibilitychange', () => { if (document.hidden) flush() })
  on('submit', event => {
    for (const field of all('[data-autosave]', event.target)) { clearTimeout(of(field).timer); of(field).stopped = true }
    if (event.target.hasAttribute('data-sign-out')) { sessionStorage.clear(); tabs.postMessage('signed out') }
  })
  const tabs = new BroadcastChannel('portal')  // whoever signs out leaves nothing typed behind in another tab
  tabs.onmessage = () => sessionStorage.clear()
  on('keydown', event => {
    if (event.key === 's' && (event.ctrlKey || event.metaKey) && document.activeElement?.matches('[data-autosave]')) {
      event.preventDefault()
      flush()
    }
  })
  addEventListener('online', flush)
  addEventListener('offline', () => say('网络已断开。文字会暂存在本机，恢复后自动保存。', 'bad'))
  addEventListener('beforeunload', event => {
    flush()
    if (all('[data-autosave]').some(field => dirty(field) && !of(field).stopped)) event.preventDefault()
  })
  on('htmx:after:swap', restore)
  restore()
})()
