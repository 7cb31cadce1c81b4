// What every page does beyond its plain forms. Nothing here is needed to use the portal.
// Attributes it knows: data-confirm data-guard data-enter data-copy data-print data-poll data-since data-slide data-hotkey data-rows data-key.
// It sends `settled` on a field whenever typing has come to rest outside an input method's composition.
(() => {
  const html = document.documentElement
  const all = (selector, root = document) => [...root.querySelectorAll(selector)]
  const on = (kind, act, options) => document.addEventListener(kind, act, options)
  html.classList.add('scripts')

  // ── the message region ──
  function say(text, kind = 'note') {
    const region = document.getElementById('messages')
    const box = document.createElement('div')
    box.className = `message ${kind}`
    box.setAttribute('role', kind === 'bad' ? 'alert' : 'status')
    box.append(Object.assign(document.createElement('p'), { textContent: text }))
    region.replaceChildren(box)
  }
  function tend(box) {
    if (box.querySelector('button')) return
    const close = Object.assign(document.createElement('button'), { type: 'button' })
    close.setAttribute('aria-label', '关闭这条消息')
    close.onclick = () => box.remove()
    box.append(close)
    if (box.classList.contains('good')) setTimeout(() => box.matches(':hover, :focus-within') || box.remove(), 8000)
  }
  const region = document.getElementById('messages')
  all('.message', region).forEach(tend)
  new MutationObserver(() => all('.message', region).forEach(tend)).observe(region, { childList: true, subtree: true })
  on('tell', event => say(event.detail.text ?? event.detail.value, event.detail.kind))

  // ── input methods: nothing is sent or submitted half-typed ──
  let composing = false
  const settle = target => target.dispatchEvent(new CustomEvent('settled', { bubbles: true }))
  on('compositionstart', () => { composing = true }, true)
  on('compositionend', event => {
    settle(event.target)
    setTimeout(() => { composing = false })  // Safari reports the Enter that ends a composition after its end
  }, true)
  on('input', event => { if (!event.isComposing) settle(event.target) }, true)

  on('keydown', event => {
    const { target, key } = event
    if (key === 'Enter' && (composing || event.isComposing || event.keyCode === 229)) return event.stopPropagation()
    if (key === 'Enter' && target.form && target.matches('textarea')) {
      if (event.ctrlKey || event.metaKey || (target.hasAttribute('data-enter') && !event.shiftKey)) {
        event.preventDefault()
        target.form.requestSubmit()
      }
    }
    if (key === 'Escape') all('details.menu[open]').forEach(menu => { menu.open = false; menu.firstElementChild.focus() })
    if (!event.ctrlKey && !event.metaKey && !event.altKey && !target.closest('input, textarea, select, dialog')) {
      const field = all('[data-hotkey]').find(one => one.dataset.hotkey === key)
      if (field) { event.preventDefault(); field.focus() }
    }
  }, true)

  // ── rows worked by keyboard: j and k go on and back, the letters of [data-key] follow the row's links ──
  on('keydown', event => {
    const { target, key } = event
    if (event.ctrlKey || event.metaKey || event.altKey || target.closest('input, textarea, select, dialog')) return
    const rows = all('[data-rows] > li'), here = rows.findIndex(row => row.contains(document.activeElement))
    if (!rows.length) return
    if (key === 'j' || key === 'k') {
      rows[Math.min(Math.max(here + (key === 'j' ? 1 : -1), 0), rows.length - 1)].querySelector('a').focus()
    } else rows[here]?.querySelector(`[data-key="${CSS.escape(key)}"]`)?.click()
  })

  // ── one box that ticks all boxes of a form ──
  on('change', event => {
    const { target } = event
    if (target.matches('[data-tick]')) all(`input[form="${target.dataset.tick}"]`).forEach(box => { box.checked = target.checked })
  })

  // ── asking first ──
  function dialog(title) {
    const box = Object.assign(document.createElement('dialog'), { className: 'dialog' })
    box.setAttribute('aria-label', title)
    box.append(Object.assign(document.createElement('h2'), { textContent: title }))
    box.addEventListener('click', event => { if (event.target === box) box.close() })
    document.body.append(box)
    return box
  }
  function button(text, kind, act) {
    const made = Object.assign(document.createElement('button'), { type: 'button', className: `btn ${kind}`, textContent: text })
    made.addEventListener('click', act)
    return made
  }
  function unfold(details) {  // the form of a <details class="confirm"> moves into a dialog and back
    const form = details.querySelector('form'), summary = details.firstElementChild
    const box = dialog(summary.textContent.trim()), cancel = button('返回', '', () => box.close())
    form.querySelector('.submit').append(cancel)
    form.classList.remove('sheet')
    box.append(form)
    box.addEventListener('close', () => {
      cancel.remove()
      form.classList.add('sheet')
      details.append(form)
      box.remove()
      summary.focus()
    })
    form.addEventListener('htmx:after:request', () => box.close(), { once: true })
    box.showModal()
  }
  function ask(form, submitter, question) {
    const box = dialog(submitter?.textContent.trim() || '请确认'), row = document.createElement('div')
    row.className = 'submit'
    row.append(button('确定', 'primary', () => {
      box.close()
      form.dataset.sure = ''
      form.requestSubmit(submitter?.form === form ? submitter : undefined)
      delete form.dataset.sure
    }), button('返回', '', () => box.close()))
    box.append(Object.assign(document.createElement('p'), { textContent: question }), row)
    box.addEventListener('close', () => box.remove())
    box.showModal()
  }

  // ── submitting: asked first, never twice, never mid-composition ──
  on('submit', event => {
    const form = event.target, submitter = event.submitter
    const question = submitter?.dataset.confirm ?? form.dataset.confirm
    const busy = form.ariaBusy === 'true' || form.classList.contains('htmx-request')
    const stop = () => { event.preventDefault(); event.stopImmediatePropagation() }
    if (composing || busy) return stop()
    if (question && !('sure' in form.dataset)) { stop(); return ask(form, submitter, question) }
    guarded.delete(form)
  }, true)
  on('submit', event => {  // bubbling: whoever wanted to stop it has done so
    if (event.defaultPrevented || event.target.method !== 'post') return
    const form = event.target
    form.ariaBusy = 'true'
    setTimeout(() => form.removeAttribute('aria-busy'), 10000)  // a download leaves the page where it is
    leaving = true
  })
  addEventListener('pageshow', event => {
    leaving = false
    if (event.persisted) all('form[aria-busy]').forEach(form => form.removeAttribute('aria-busy'))
  })

  // ── typed text is not left behind unasked ──
  let leaving = false
  const guarded = new Set()
  on('settled', event => { if (event.target.form?.hasAttribute('data-guard')) guarded.add(event.target.form) })
  addEventListener('beforeunload', event => {
    if (!leaving && [...guarded].some(form => form.isConnected)) event.preventDefault()
  })

  // ── clicks ──
  on('click', event => {
    const hit = selector => event.target.closest(selector)
    const summary = hit('details.confirm > summary'), copy = hit('[data-copy]'), slide = hit('[data-slide]')
    if (summary) { event.preventDefault(); unfold(summary.parentElement) }
    if (copy) navigator.clipboard?.writeText(copy.dataset.copy).then(() => say('已复制。', 'good'), () => say('没有复制成功，请手工选取。', 'bad'))
    if (hit('[data-print]')) print()
    if (slide) turn(document.getElementById(slide.getAttribute('aria-controls')), slide.dataset.slide)
    all('details.menu[open]').forEach(menu => { if (!menu.contains(event.target)) menu.open = false })
  })
  function turn(sheets, how) {
    if (how === 'full') return sheets.requestFullscreen?.()
    sheets.scrollBy({ left: Number(how) * sheets.clientWidth, behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth' })
  }

  // ── fragments ──
  const tags = new WeakMap()
  on('htmx:config:request', event => {
    const { sourceElement, request } = event.detail.ctx
    if (!sourceElement.hasAttribute('data-poll')) return
    if (document.hidden || composing) return event.preventDefault()
    if (tags.has(sourceElement)) request.headers['If-None-Match'] = tags.get(sourceElement)
  })
  on('htmx:before:response', event => {
    const { ctx } = event.detail, { status, headers } = ctx.response, tag = headers.get('ETag')
    if (ctx.sourceElement.hasAttribute('data-poll') && status === 200 && tag) tags.set(ctx.sourceElement, tag)
    if (status === 401 && (ctx.sourceElement.hasAttribute('data-poll') || document.getElementById('desk'))) {
      event.preventDefault()  // who is typing is not thrown off the page
      tags.delete(ctx.sourceElement)
      return document.dispatchEvent(new CustomEvent('signed-out'))
    }
    if (status < 500 || ctx.hx.retarget) return
    event.preventDefault()  // a proxy's whole error page is not ours to show inside a page
    if (!ctx.sourceElement.hasAttribute('data-poll')) say('服务器暂时没有答复，刚才的操作可能没有保存，请稍后再试。', 'bad')
  })
  on('htmx:error', event => {
    if (!event.detail.ctx?.sourceElement?.hasAttribute('data-poll')) say('连接断开，刚才的操作没有送达。请检查网络后再试。', 'bad')
  })
  on('htmx:after:swap', event => {
    const { ctx } = event.detail
    if (!ctx.sourceElement.hasAttribute('data-poll')) all('[data-poll]').forEach(one => tags.delete(one))
    dress(document)
  })

  function dress(root) {
    root.querySelector('[data-focus]')?.focus()
    all('[data-focus]', root).forEach(one => one.removeAttribute('data-focus'))
    if (!CSS.supports('field-sizing', 'content')) all('textarea', root).forEach(fit)
  }
  function fit(field) {
    field.style.height = 'auto'
    field.style.height = `${field.scrollHeight + 2}px`
  }
  if (!CSS.supports('field-sizing', 'content')) on('settled', event => { if (event.target.matches('textarea')) fit(event.target) })
  dress(document)

  // ── how long an item has been running ──
  const two = number => String(number).padStart(2, '0')
  setInterval(() => all('[data-since]').forEach(clock => {
    const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(clock.dataset.since)) / 1000))
    clock.textContent = `${Math.floor(seconds / 60)}:${two(seconds % 60)}`
  }), 1000)

  window.portal = { all, on, say, two, isComposing: () => composing, leave: () => { leaving = true } }
})()
