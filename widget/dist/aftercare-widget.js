/*! Aftercare widget, Apache-2.0; with Lit, BSD-3-Clause. sources sha256:a9236a4408c8a4d601a3b72e16aab99869b80bc882fb2f6b496e9a6554392b82 */
(function(){"use strict";var Fe;const W=globalThis,Q=W.ShadowRoot&&(W.ShadyCSS===void 0||W.ShadyCSS.nativeShadow)&&"adoptedStyleSheets"in Document.prototype&&"replace"in CSSStyleSheet.prototype,X=Symbol(),fe=new WeakMap;let pe=class{constructor(e,t,s){if(this._$cssResult$=!0,s!==X)throw Error("CSSResult is not constructable. Use `unsafeCSS` or `css` instead.");this.cssText=e,this.t=t}get styleSheet(){let e=this.o;const t=this.t;if(Q&&e===void 0){const s=t!==void 0&&t.length===1;s&&(e=fe.get(t)),e===void 0&&((this.o=e=new CSSStyleSheet).replaceSync(this.cssText),s&&fe.set(t,e))}return e}toString(){return this.cssText}};const Ye=i=>new pe(typeof i=="string"?i:i+"",void 0,X),ee=(i,...e)=>{const t=i.length===1?i[0]:e.reduce((s,n,o)=>s+(r=>{if(r._$cssResult$===!0)return r.cssText;if(typeof r=="number")return r;throw Error("Value passed to 'css' function must be a 'css' function result: "+r+". Use 'unsafeCSS' to pass non-literal values, but take care to ensure page security.")})(n)+i[o+1],i[0]);return new pe(t,i,X)},Je=(i,e)=>{if(Q)i.adoptedStyleSheets=e.map(t=>t instanceof CSSStyleSheet?t:t.styleSheet);else for(const t of e){const s=document.createElement("style"),n=W.litNonce;n!==void 0&&s.setAttribute("nonce",n),s.textContent=t.cssText,i.appendChild(s)}},me=Q?i=>i:i=>i instanceof CSSStyleSheet?(e=>{let t="";for(const s of e.cssRules)t+=s.cssText;return Ye(t)})(i):i;const{is:Ke,defineProperty:Ze,getOwnPropertyDescriptor:Qe,getOwnPropertyNames:Xe,getOwnPropertySymbols:et,getPrototypeOf:tt}=Object,F=globalThis,ge=F.trustedTypes,st=ge?ge.emptyScript:"",te=F.reactiveElementPolyfillSupport,U=(i,e)=>i,se={toAttribute(i,e){switch(e){case Boolean:i=i?st:null;break;case Object:case Array:i=i==null?i:JSON.stringify(i)}return i},fromAttribute(i,e){let t=i;switch(e){case Boolean:t=i!==null;break;case Number:t=i===null?null:Number(i);break;case Object:case Array:try{t=JSON.parse(i)}catch{t=null}}return t}},ve=(i,e)=>!Ke(i,e),be={attribute:!0,type:String,converter:se,reflect:!1,useDefault:!1,hasChanged:ve};Symbol.metadata??=Symbol("metadata"),F.litPropertyMetadata??=new WeakMap;let S=class extends HTMLElement{static addInitializer(e){this._$Ei(),(this.l??=[]).push(e)}static get observedAttributes(){return this.finalize(),this._$Eh&&[...this._$Eh.keys()]}static createProperty(e,t=be){if(t.state&&(t.attribute=!1),this._$Ei(),this.prototype.hasOwnProperty(e)&&((t=Object.create(t)).wrapped=!0),this.elementProperties.set(e,t),!t.noAccessor){const s=Symbol(),n=this.getPropertyDescriptor(e,s,t);n!==void 0&&Ze(this.prototype,e,n)}}static getPropertyDescriptor(e,t,s){const{get:n,set:o}=Qe(this.prototype,e)??{get(){return this[t]},set(r){this[t]=r}};return{get:n,set(r){const a=n==null?void 0:n.call(this);o==null||o.call(this,r),this.requestUpdate(e,a,s)},configurable:!0,enumerable:!0}}static getPropertyOptions(e){return this.elementProperties.get(e)??be}static _$Ei(){if(this.hasOwnProperty(U("elementProperties")))return;const e=tt(this);e.finalize(),e.l!==void 0&&(this.l=[...e.l]),this.elementProperties=new Map(e.elementProperties)}static finalize(){if(this.hasOwnProperty(U("finalized")))return;if(this.finalized=!0,this._$Ei(),this.hasOwnProperty(U("properties"))){const t=this.properties,s=[...Xe(t),...et(t)];for(const n of s)this.createProperty(n,t[n])}const e=this[Symbol.metadata];if(e!==null){const t=litPropertyMetadata.get(e);if(t!==void 0)for(const[s,n]of t)this.elementProperties.set(s,n)}this._$Eh=new Map;for(const[t,s]of this.elementProperties){const n=this._$Eu(t,s);n!==void 0&&this._$Eh.set(n,t)}this.elementStyles=this.finalizeStyles(this.styles)}static finalizeStyles(e){const t=[];if(Array.isArray(e)){const s=new Set(e.flat(1/0).reverse());for(const n of s)t.unshift(me(n))}else e!==void 0&&t.push(me(e));return t}static _$Eu(e,t){const s=t.attribute;return s===!1?void 0:typeof s=="string"?s:typeof e=="string"?e.toLowerCase():void 0}constructor(){super(),this._$Ep=void 0,this.isUpdatePending=!1,this.hasUpdated=!1,this._$Em=null,this._$Ev()}_$Ev(){var e;this._$ES=new Promise(t=>this.enableUpdating=t),this._$AL=new Map,this._$E_(),this.requestUpdate(),(e=this.constructor.l)==null||e.forEach(t=>t(this))}addController(e){var t;(this._$EO??=new Set).add(e),this.renderRoot!==void 0&&this.isConnected&&((t=e.hostConnected)==null||t.call(e))}removeController(e){var t;(t=this._$EO)==null||t.delete(e)}_$E_(){const e=new Map,t=this.constructor.elementProperties;for(const s of t.keys())this.hasOwnProperty(s)&&(e.set(s,this[s]),delete this[s]);e.size>0&&(this._$Ep=e)}createRenderRoot(){const e=this.shadowRoot??this.attachShadow(this.constructor.shadowRootOptions);return Je(e,this.constructor.elementStyles),e}connectedCallback(){var e;this.renderRoot??=this.createRenderRoot(),this.enableUpdating(!0),(e=this._$EO)==null||e.forEach(t=>{var s;return(s=t.hostConnected)==null?void 0:s.call(t)})}enableUpdating(e){}disconnectedCallback(){var e;(e=this._$EO)==null||e.forEach(t=>{var s;return(s=t.hostDisconnected)==null?void 0:s.call(t)})}attributeChangedCallback(e,t,s){this._$AK(e,s)}_$ET(e,t){var o;const s=this.constructor.elementProperties.get(e),n=this.constructor._$Eu(e,s);if(n!==void 0&&s.reflect===!0){const r=(((o=s.converter)==null?void 0:o.toAttribute)!==void 0?s.converter:se).toAttribute(t,s.type);this._$Em=e,r==null?this.removeAttribute(n):this.setAttribute(n,r),this._$Em=null}}_$AK(e,t){var o,r;const s=this.constructor,n=s._$Eh.get(e);if(n!==void 0&&this._$Em!==n){const a=s.getPropertyOptions(n),l=typeof a.converter=="function"?{fromAttribute:a.converter}:((o=a.converter)==null?void 0:o.fromAttribute)!==void 0?a.converter:se;this._$Em=n;const c=l.fromAttribute(t,a.type);this[n]=c??((r=this._$Ej)==null?void 0:r.get(n))??c,this._$Em=null}}requestUpdate(e,t,s,n=!1,o){var r;if(e!==void 0){const a=this.constructor;if(n===!1&&(o=this[e]),s??=a.getPropertyOptions(e),!((s.hasChanged??ve)(o,t)||s.useDefault&&s.reflect&&o===((r=this._$Ej)==null?void 0:r.get(e))&&!this.hasAttribute(a._$Eu(e,s))))return;this.C(e,t,s)}this.isUpdatePending===!1&&(this._$ES=this._$EP())}C(e,t,{useDefault:s,reflect:n,wrapped:o},r){s&&!(this._$Ej??=new Map).has(e)&&(this._$Ej.set(e,r??t??this[e]),o!==!0||r!==void 0)||(this._$AL.has(e)||(this.hasUpdated||s||(t=void 0),this._$AL.set(e,t)),n===!0&&this._$Em!==e&&(this._$Eq??=new Set).add(e))}async _$EP(){this.isUpdatePending=!0;try{await this._$ES}catch(t){Promise.reject(t)}const e=this.scheduleUpdate();return e!=null&&await e,!this.isUpdatePending}scheduleUpdate(){return this.performUpdate()}performUpdate(){var s;if(!this.isUpdatePending)return;if(!this.hasUpdated){if(this.renderRoot??=this.createRenderRoot(),this._$Ep){for(const[o,r]of this._$Ep)this[o]=r;this._$Ep=void 0}const n=this.constructor.elementProperties;if(n.size>0)for(const[o,r]of n){const{wrapped:a}=r,l=this[o];a!==!0||this._$AL.has(o)||l===void 0||this.C(o,void 0,r,l)}}let e=!1;const t=this._$AL;try{e=this.shouldUpdate(t),e?(this.willUpdate(t),(s=this._$EO)==null||s.forEach(n=>{var o;return(o=n.hostUpdate)==null?void 0:o.call(n)}),this.update(t)):this._$EM()}catch(n){throw e=!1,this._$EM(),n}e&&this._$AE(t)}willUpdate(e){}_$AE(e){var t;(t=this._$EO)==null||t.forEach(s=>{var n;return(n=s.hostUpdated)==null?void 0:n.call(s)}),this.hasUpdated||(this.hasUpdated=!0,this.firstUpdated(e)),this.updated(e)}_$EM(){this._$AL=new Map,this.isUpdatePending=!1}get updateComplete(){return this.getUpdateComplete()}getUpdateComplete(){return this._$ES}shouldUpdate(e){return!0}update(e){this._$Eq&&=this._$Eq.forEach(t=>this._$ET(t,this[t])),this._$EM()}updated(e){}firstUpdated(e){}};S.elementStyles=[],S.shadowRootOptions={mode:"open"},S[U("elementProperties")]=new Map,S[U("finalized")]=new Map,te==null||te({ReactiveElement:S}),(F.reactiveElementVersions??=[]).push("2.1.2");const ie=globalThis,$e=i=>i,G=ie.trustedTypes,ye=G?G.createPolicy("lit-html",{createHTML:i=>i}):void 0,we="$lit$",y=`lit$${Math.random().toFixed(9).slice(2)}$`,xe="?"+y,it=`<${xe}>`,w=document,N=()=>w.createComment(""),H=i=>i===null||typeof i!="object"&&typeof i!="function",ne=Array.isArray,nt=i=>ne(i)||typeof(i==null?void 0:i[Symbol.iterator])=="function",re=`[ 	
\f\r]`,R=/<(?:(!--|\/[^a-zA-Z])|(\/?[a-zA-Z][^>\s]*)|(\/?$))/g,_e=/-->/g,Ae=/>/g,x=RegExp(`>|${re}(?:([^\\s"'>=/]+)(${re}*=${re}*(?:[^ 	
\f\r"'\`<>=]|("|')|))|$)`,"g"),ke=/'/g,Se=/"/g,Ee=/^(?:script|style|textarea|title)$/i,Ce=i=>(e,...t)=>({_$litType$:i,strings:e,values:t}),u=Ce(1),E=Ce(2),_=Symbol.for("lit-noChange"),f=Symbol.for("lit-nothing"),Te=new WeakMap,A=w.createTreeWalker(w,129);function Le(i,e){if(!ne(i)||!i.hasOwnProperty("raw"))throw Error("invalid template strings array");return ye!==void 0?ye.createHTML(e):e}const rt=(i,e)=>{const t=i.length-1,s=[];let n,o=e===2?"<svg>":e===3?"<math>":"",r=R;for(let a=0;a<t;a++){const l=i[a];let c,m,d=-1,g=0;for(;g<l.length&&(r.lastIndex=g,m=r.exec(l),m!==null);)g=r.lastIndex,r===R?m[1]==="!--"?r=_e:m[1]!==void 0?r=Ae:m[2]!==void 0?(Ee.test(m[2])&&(n=RegExp("</"+m[2],"g")),r=x):m[3]!==void 0&&(r=x):r===x?m[0]===">"?(r=n??R,d=-1):m[1]===void 0?d=-2:(d=r.lastIndex-m[2].length,c=m[1],r=m[3]===void 0?x:m[3]==='"'?Se:ke):r===Se||r===ke?r=x:r===_e||r===Ae?r=R:(r=x,n=void 0);const p=r===x&&i[a+1].startsWith("/>")?" ":"";o+=r===R?l+it:d>=0?(s.push(c),l.slice(0,d)+we+l.slice(d)+y+p):l+y+(d===-2?a:p)}return[Le(i,o+(i[t]||"<?>")+(e===2?"</svg>":e===3?"</math>":"")),s]};class D{constructor({strings:e,_$litType$:t},s){let n;this.parts=[];let o=0,r=0;const a=e.length-1,l=this.parts,[c,m]=rt(e,t);if(this.el=D.createElement(c,s),A.currentNode=this.el.content,t===2||t===3){const d=this.el.content.firstChild;d.replaceWith(...d.childNodes)}for(;(n=A.nextNode())!==null&&l.length<a;){if(n.nodeType===1){if(n.hasAttributes())for(const d of n.getAttributeNames())if(d.endsWith(we)){const g=m[r++],p=n.getAttribute(d).split(y),v=/([.?@])?(.*)/.exec(g);l.push({type:1,index:o,name:v[2],strings:p,ctor:v[1]==="."?at:v[1]==="?"?lt:v[1]==="@"?ht:Y}),n.removeAttribute(d)}else d.startsWith(y)&&(l.push({type:6,index:o}),n.removeAttribute(d));if(Ee.test(n.tagName)){const d=n.textContent.split(y),g=d.length-1;if(g>0){n.textContent=G?G.emptyScript:"";for(let p=0;p<g;p++)n.append(d[p],N()),A.nextNode(),l.push({type:2,index:++o});n.append(d[g],N())}}}else if(n.nodeType===8)if(n.data===xe)l.push({type:2,index:o});else{let d=-1;for(;(d=n.data.indexOf(y,d+1))!==-1;)l.push({type:7,index:o}),d+=y.length-1}o++}}static createElement(e,t){const s=w.createElement("template");return s.innerHTML=e,s}}function C(i,e,t=i,s){var r,a;if(e===_)return e;let n=s!==void 0?(r=t._$Co)==null?void 0:r[s]:t._$Cl;const o=H(e)?void 0:e._$litDirective$;return(n==null?void 0:n.constructor)!==o&&((a=n==null?void 0:n._$AO)==null||a.call(n,!1),o===void 0?n=void 0:(n=new o(i),n._$AT(i,t,s)),s!==void 0?(t._$Co??=[])[s]=n:t._$Cl=n),n!==void 0&&(e=C(i,n._$AS(i,e.values),n,s)),e}class ot{constructor(e,t){this._$AV=[],this._$AN=void 0,this._$AD=e,this._$AM=t}get parentNode(){return this._$AM.parentNode}get _$AU(){return this._$AM._$AU}u(e){const{el:{content:t},parts:s}=this._$AD,n=((e==null?void 0:e.creationScope)??w).importNode(t,!0);A.currentNode=n;let o=A.nextNode(),r=0,a=0,l=s[0];for(;l!==void 0;){if(r===l.index){let c;l.type===2?c=new T(o,o.nextSibling,this,e):l.type===1?c=new l.ctor(o,l.name,l.strings,this,e):l.type===6&&(c=new ct(o,this,e)),this._$AV.push(c),l=s[++a]}r!==(l==null?void 0:l.index)&&(o=A.nextNode(),r++)}return A.currentNode=w,n}p(e){let t=0;for(const s of this._$AV)s!==void 0&&(s.strings!==void 0?(s._$AI(e,s,t),t+=s.strings.length-2):s._$AI(e[t])),t++}}class T{get _$AU(){var e;return((e=this._$AM)==null?void 0:e._$AU)??this._$Cv}constructor(e,t,s,n){this.type=2,this._$AH=f,this._$AN=void 0,this._$AA=e,this._$AB=t,this._$AM=s,this.options=n,this._$Cv=(n==null?void 0:n.isConnected)??!0}get parentNode(){let e=this._$AA.parentNode;const t=this._$AM;return t!==void 0&&(e==null?void 0:e.nodeType)===11&&(e=t.parentNode),e}get startNode(){return this._$AA}get endNode(){return this._$AB}_$AI(e,t=this){e=C(this,e,t),H(e)?e===f||e==null||e===""?(this._$AH!==f&&this._$AR(),this._$AH=f):e!==this._$AH&&e!==_&&this._(e):e._$litType$!==void 0?this.$(e):e.nodeType!==void 0?this.T(e):nt(e)?this.k(e):this._(e)}O(e){return this._$AA.parentNode.insertBefore(e,this._$AB)}T(e){this._$AH!==e&&(this._$AR(),this._$AH=this.O(e))}_(e){this._$AH!==f&&H(this._$AH)?this._$AA.nextSibling.data=e:this.T(w.createTextNode(e)),this._$AH=e}$(e){var o;const{values:t,_$litType$:s}=e,n=typeof s=="number"?this._$AC(e):(s.el===void 0&&(s.el=D.createElement(Le(s.h,s.h[0]),this.options)),s);if(((o=this._$AH)==null?void 0:o._$AD)===n)this._$AH.p(t);else{const r=new ot(n,this),a=r.u(this.options);r.p(t),this.T(a),this._$AH=r}}_$AC(e){let t=Te.get(e.strings);return t===void 0&&Te.set(e.strings,t=new D(e)),t}k(e){ne(this._$AH)||(this._$AH=[],this._$AR());const t=this._$AH;let s,n=0;for(const o of e)n===t.length?t.push(s=new T(this.O(N()),this.O(N()),this,this.options)):s=t[n],s._$AI(o),n++;n<t.length&&(this._$AR(s&&s._$AB.nextSibling,n),t.length=n)}_$AR(e=this._$AA.nextSibling,t){var s;for((s=this._$AP)==null?void 0:s.call(this,!1,!0,t);e!==this._$AB;){const n=$e(e).nextSibling;$e(e).remove(),e=n}}setConnected(e){var t;this._$AM===void 0&&(this._$Cv=e,(t=this._$AP)==null||t.call(this,e))}}class Y{get tagName(){return this.element.tagName}get _$AU(){return this._$AM._$AU}constructor(e,t,s,n,o){this.type=1,this._$AH=f,this._$AN=void 0,this.element=e,this.name=t,this._$AM=n,this.options=o,s.length>2||s[0]!==""||s[1]!==""?(this._$AH=Array(s.length-1).fill(new String),this.strings=s):this._$AH=f}_$AI(e,t=this,s,n){const o=this.strings;let r=!1;if(o===void 0)e=C(this,e,t,0),r=!H(e)||e!==this._$AH&&e!==_,r&&(this._$AH=e);else{const a=e;let l,c;for(e=o[0],l=0;l<o.length-1;l++)c=C(this,a[s+l],t,l),c===_&&(c=this._$AH[l]),r||=!H(c)||c!==this._$AH[l],c===f?e=f:e!==f&&(e+=(c??"")+o[l+1]),this._$AH[l]=c}r&&!n&&this.j(e)}j(e){e===f?this.element.removeAttribute(this.name):this.element.setAttribute(this.name,e??"")}}class at extends Y{constructor(){super(...arguments),this.type=3}j(e){this.element[this.name]=e===f?void 0:e}}class lt extends Y{constructor(){super(...arguments),this.type=4}j(e){this.element.toggleAttribute(this.name,!!e&&e!==f)}}class ht extends Y{constructor(e,t,s,n,o){super(e,t,s,n,o),this.type=5}_$AI(e,t=this){if((e=C(this,e,t,0)??f)===_)return;const s=this._$AH,n=e===f&&s!==f||e.capture!==s.capture||e.once!==s.once||e.passive!==s.passive,o=e!==f&&(s===f||n);n&&this.element.removeEventListener(this.name,this,s),o&&this.element.addEventListener(this.name,this,e),this._$AH=e}handleEvent(e){var t;typeof this._$AH=="function"?this._$AH.call(((t=this.options)==null?void 0:t.host)??this.element,e):this._$AH.handleEvent(e)}}class ct{constructor(e,t,s){this.element=e,this.type=6,this._$AN=void 0,this._$AM=t,this.options=s}get _$AU(){return this._$AM._$AU}_$AI(e){C(this,e)}}const dt={I:T},oe=ie.litHtmlPolyfillSupport;oe==null||oe(D,T),(ie.litHtmlVersions??=[]).push("3.3.3");const ut=(i,e,t)=>{const s=(t==null?void 0:t.renderBefore)??e;let n=s._$litPart$;if(n===void 0){const o=(t==null?void 0:t.renderBefore)??null;s._$litPart$=n=new T(e.insertBefore(N(),o),o,void 0,t??{})}return n._$AI(i),n};const I=globalThis;let L=class extends S{constructor(){super(...arguments),this.renderOptions={host:this},this._$Do=void 0}createRenderRoot(){const e=super.createRenderRoot();return this.renderOptions.renderBefore??=e.firstChild,e}update(e){const t=this.render();this.hasUpdated||(this.renderOptions.isConnected=this.isConnected),super.update(e),this._$Do=ut(t,this.renderRoot,this.renderOptions)}connectedCallback(){var e;super.connectedCallback(),(e=this._$Do)==null||e.setConnected(!0)}disconnectedCallback(){var e;super.disconnectedCallback(),(e=this._$Do)==null||e.setConnected(!1)}render(){return _}};L._$litElement$=!0,L.finalized=!0,(Fe=I.litElementHydrateSupport)==null||Fe.call(I,{LitElement:L});const ae=I.litElementPolyfillSupport;ae==null||ae({LitElement:L}),(I.litElementVersions??=[]).push("4.2.2");const ft=["none","urgent","unassessed","emergency","crisis"];function q(i){return typeof i=="object"&&i!==null?i:{}}function b(i,e=""){return typeof i=="string"?i:e}function J(i){return typeof i=="string"&&i.trim()!==""?i:null}function z(i){const e=q(i);if(typeof e.text!="string")return null;const t=Number.isSafeInteger(e.seq)?e.seq:0,s=Date.parse(b(e.at)),n=b(e.from),o=b(e.level,"none"),r=Array.isArray(e.buttons)?e.buttons.map(q):[];return{seq:t,id:b(e.id)||`seq-${t}`,from:n==="patient"||n==="staff"?n:"assistant",name:J(e.name),text:e.text,at:Number.isNaN(s)?Date.now():s,level:ft.includes(o)?o:"unassessed",buttons:r.filter(a=>J(a.title)!==null).map(a=>({title:b(a.title),payload:b(a.payload)})),replyTo:Number.isSafeInteger(e.reply_to)?e.reply_to:null,channel:e.channel==="sms"?"sms":"web"}}function pt(i){return(Array.isArray(i)?i:[]).map(z).filter(t=>t!==null&&t.seq>0)}function mt(i,e){const t=q(i),s=q(t.clinic);return{clinic:{name:b(s.name)||e.name,phone:b(s.phone)||e.phone,afterHoursPhone:b(s.after_hours_phone)||e.afterHoursPhone,crisisLine:b(s.crisis_line)||e.crisisLine,ambulance:b(s.ambulance)||e.ambulance,onShift:typeof s.on_shift=="boolean"?s.on_shift:null},verified:t.verified===!0,name:J(t.name),lastSeq:Number.isSafeInteger(t.last_seq)?t.last_seq:0,conversation:b(t.conversation)}}function gt(i){const e=q(i);return{typing:e.typing===!0,owner:e.owner==="staff"?"staff":"assistant",ownerName:J(e.owner_name),onShift:typeof e.on_shift=="boolean"?e.on_shift:null,crisis:e.crisis===!0}}function M(i){return i==="crisis"||i==="emergency"}class j extends Error{constructor(e,t,s,n,o,r){super(s),this.status=e,this.code=t,this.phone=n,this.retryAfter=o,this.reply=r}status;code;phone;retryAfter;reply}class Me extends Error{}const vt=2e4;class bt{constructor(e,t=(s,n)=>fetch(s,n)){this.base=e,this.fetcher=t}base;fetcher;conversation="";async session(e){return mt(await this.#t("POST","/chat/session",{}),e)}async history(e,t){const s=t===void 0?`limit=${e}`:`before=${t}&limit=${e}`,n=await this.#t("GET",this.#e(`/chat/messages?${s}`));return{messages:pt(n.messages),more:n.more===!0}}async send(e){const t=this.conversation?{...e,conversation:this.conversation}:e,s=await this.#t("POST","/chat/messages",t);return{message:z(s.message),reply:z(s.reply)}}async events(e,t){const s=await this.#n(this.#e("/chat/events"),{headers:{Accept:"text/event-stream","Last-Event-ID":String(e)},cache:"no-store",signal:t});if(!s.ok)throw await Oe(s);return s}#e(e){return this.conversation?`${e}${e.includes("?")?"&":"?"}conversation=${encodeURIComponent(this.conversation)}`:e}async#t(e,t,s){const n=new AbortController,o=setTimeout(()=>n.abort(),vt);try{const r=await this.#n(t,{method:e,signal:n.signal,cache:"no-store",...e==="POST"&&{body:JSON.stringify(s),headers:{"Content-Type":"application/json"}}});if(!r.ok)throw await Oe(r);const a=await r.json();return typeof a=="object"&&a!==null?a:{}}catch(r){throw r instanceof j?r:new Me(String(r))}finally{clearTimeout(o)}}async#n(e,t){try{return await this.fetcher(this.base+e,{credentials:"include",...t})}catch(s){throw new Me(String(s))}}}async function Oe(i){const e=await i.json().catch(()=>({})),t=(e==null?void 0:e.error)??{},s=Number(i.headers.get("Retry-After"));return new j(i.status,typeof t.code=="string"?t.code:"",typeof t.message=="string"?t.message:"",typeof t.phone=="string"?t.phone:null,s>0?s:null,z(e==null?void 0:e.reply))}const le="aftercare.out.",$t=168*36e5;class yt{constructor(e,t,s=Date.now){this.lasting=e,this.tab=t,this.now=s,this.#r(this.tab,`${le}unbound.`)}lasting;tab;now;#e=[];#t=null;get entries(){return this.#e}get next(){return this.#e.find(e=>e.status!=="refused")??null}bind(e,t){if(this.#t===e)return;const s=this.#t===null?null:t,n=this.#e;for(const o of n)this.#n(o.id);this.#t=e,this.#e=[],this.#r(this.lasting,this.#i());for(const o of n)this.put(s===null?o:{...o,status:"refused",problem:s})}put(e){const t=this.#e.findIndex(s=>s.id===e.id);this.#e=t<0?[...this.#e,e]:this.#e.map(s=>s.id===e.id?e:s),xt(this.#s(),this.#i()+e.id,JSON.stringify(e))}remove(e){this.#e.some(t=>t.id===e)&&(this.#e=this.#e.filter(t=>t.id!==e),this.#n(e))}#n(e){const t=this.#s();try{t==null||t.removeItem(this.#i()+e)}catch{}}#s(){return this.#t===null?this.tab:this.lasting}#i(){return`${le}${this.#t??"unbound"}.`}#r(e,t){const s=[];for(const n of wt(e)){if(!n.startsWith(t))continue;const o=_t((e==null?void 0:e.getItem(n))??null);o===null||this.now()-o.at>$t?e==null||e.removeItem(n):s.push(o)}this.#e=[...this.#e,...s.sort((n,o)=>n.at-o.at)]}}function wt(i){const e=[];for(let t=0;t<((i==null?void 0:i.length)??0);t+=1){const s=i==null?void 0:i.key(t);s&&e.push(s)}return e}function xt(i,e,t){try{i==null||i.setItem(e,t)}catch{}}function _t(i){try{const e=JSON.parse(i??"null");return typeof(e==null?void 0:e.id)!="string"||typeof e.text!="string"||typeof e.at!="number"?null:{id:e.id,text:e.text,at:e.at,...typeof e.choice=="string"&&{choice:e.choice},status:e.status==="refused"?"refused":"waiting",...typeof e.problem=="string"&&{problem:e.problem}}}catch{return null}}function K(i){try{const e=globalThis[i];return e.getItem(le),e}catch{return null}}function At(){const i=crypto.getRandomValues(new Uint8Array(16));i[6]=(i[6]??0)&15|64,i[8]=(i[8]??0)&63|128;const e=[...i].map(t=>t.toString(16).padStart(2,"0")).join("");return[e.slice(0,8),e.slice(8,12),e.slice(12,16),e.slice(16,20),e.slice(20)].join("-")}class kt{#e="";#t="";#n="";#s=[];push(e){this.#e+=e;const t=[];let s;for(;(s=this.#e.search(/\r\n|\n|\r/))>=0&&!(this.#e[s]==="\r"&&s===this.#e.length-1);){const n=this.#e.slice(0,s);this.#e=this.#e.slice(s+(this.#e.startsWith(`\r
`,s)?2:1)),this.#i(n,t)}return t}#i(e,t){if(e===""){this.#s.length>0&&t.push({id:this.#t,name:this.#n||"message",data:this.#s.join(`
`)}),this.#n="",this.#s=[];return}if(e.startsWith(":"))return;const s=e.indexOf(":"),n=s<0?e:e.slice(0,s),o=s<0?"":e.slice(s+1).replace(/^ /,"");n==="data"?this.#s.push(o):n==="event"?this.#n=o:n==="id"&&!o.includes("\0")&&(this.#t=o)}}const St=4e4,Pe=[500,1e3,2e3,4e3,8e3,15e3],Et=1e4;class Ct{constructor(e,t=Date.now){this.handlers=e,this.now=t}handlers;now;#e=null;#t;#n;#s=0;#i=0;get running(){return this.#e!==null||this.#t!==void 0}start(){this.running||this.#r()}stop(){var e;clearTimeout(this.#t),clearInterval(this.#n),this.#t=void 0,(e=this.#e)==null||e.abort(),this.#e=null}wake(e=2e4){this.running&&(this.#t!==void 0||this.now()-this.#s>e)&&(this.stop(),this.#i=0,this.#r())}async#r(){this.#t=void 0;const e=new AbortController;this.#e=e,this.#s=this.now();const t=this.now();clearInterval(this.#n),this.#n=setInterval(()=>{this.now()-this.#s>St&&e.abort()},5e3);let s=null,n=0;try{const r=await this.handlers.open(this.handlers.after(),e.signal);if(this.#e!==e)return;this.handlers.opened(),await this.#a(r,e)}catch(r){r instanceof j&&(s=r.status,n=(r.retryAfter??0)*1e3)}if(this.#e!==e)return;e.abort(),clearInterval(this.#n),this.#e=null,this.now()-t>Et&&(this.#i=0);const o=Pe[Math.min(this.#i,Pe.length-1)]??0;this.#i+=1,this.#t=setTimeout(()=>{this.#r()},Math.max(n,o*(.5+Math.random()/2))),this.handlers.lost(s)||this.stop()}async#a(e,t){var r;const s=(r=e.body)==null?void 0:r.getReader();if(!s)return;const n=new TextDecoder,o=new kt;for(;;){const{done:a,value:l}=await s.read();if(a||this.#e!==t)return;this.#s=this.now(),this.handlers.alive();for(const c of o.push(n.decode(l,{stream:!0})))this.handlers.event(c.name,c.data)}}}const Ue=(i,e,t)=>i===1?e:t,h={assistant:"Aftercare assistant",automated:"automated",staff:"Clinic staff",you:"You",bySms:"by text message",launcher:"Chat with us",launcherLabel:"Open the aftercare chat",launcherGrave:"Help is here",launcherUnread:i=>`${i} new ${Ue(i,"message","messages")}`,close:"Close the chat",start:"Start the chat",startText:"Ask about your aftercare at any hour.",panelLabel:i=>i?`Aftercare chat, ${i}`:"Aftercare chat",connecting:"Connecting…",connected:"Connected",connectedOnShift:"Connected. Someone from the clinic is on shift.",connectedOffShift:"Connected. No one from the clinic is on shift now.",connectedStaff:i=>`Connected. You are writing with ${i}.`,waiting:"Connection lost. Trying again…",offline:"You are offline. You can keep writing.",crisisBar:"Help now",crisisRegion:"Phone numbers for help now",crisisTitle:"Reach a person right now",crisisText:(i,e)=>`${i} and ${e} answer day and night.`,crisisLess:"Make smaller",crisisAlert:(i,e)=>`Help is one tap away, at the top of the chat. Call ${i} in an emergency. Call ${e} to talk to someone now.`,call:"Call",text:"Text",line:"Crisis line",lineText:"If you cannot talk",ambulance:"Emergency",clinic:"Clinic",clinicAfterHours:"Clinic, after hours",log:"Messages",loading:"Getting your messages…",older:"Show earlier messages",olderLoading:"Getting earlier messages…",olderFailed:"Earlier messages could not be fetched. Try again in a moment.",newest:"Newest message",typing:i=>`${i} is writing…`,choices:"Suggested answers",important:"Important",today:"Today",yesterday:"Yesterday",composerLabel:"Your message",placeholder:"Write your message",send:"Send",sending:"Sending…",sent:"Sent",unsent:"Not sent yet. It will be sent when the connection is back.",unsentUrgent:"Not sent yet. If you cannot wait, use a phone number above.",refused:"Not sent.",otherConversation:"This page now shows another conversation, so this was not sent. Send it again only if it belongs here.",again:"Send again",remove:"Remove",enterHint:"Enter sends. Shift and Enter starts a new line.",empty:"Write a message first.",tooLong:(i,e)=>`This message is ${i.toLocaleString("en-US")} characters long. The limit is ${e.toLocaleString("en-US")}. Please shorten it, or send it in parts. Nothing you wrote is lost.`,room:i=>`${i.toLocaleString("en-US")} ${Ue(i,"character","characters")} left`,problem:"Something went wrong."};class Tt{#e=new Map;#t=new Map;#n=new Set;#s=null;#i=null;add(e){return e.seq<=0||this.#e.has(e.seq)||this.#t.has(e.id)?!1:(this.#e.set(e.seq,e),this.#t.set(e.id,e.seq),this.#s=this.#s===null?e.seq:Math.min(this.#s,e.seq),this.#i=null,!0)}has(e){return this.#t.has(e)}list(){return this.#i??=[...this.#e.values()].sort((e,t)=>e.seq-t.seq),this.#i}get floor(){return this.#s}get settled(){const e=this.gap();return e===null?this.#r:e.from-1}gap(){if(this.#s===null)return null;const e=t=>this.#e.has(t)||this.#n.has(t);for(let t=this.#s+1;t<this.#r;t+=1){if(e(t))continue;let s=t;for(;s+1<this.#r&&!e(s+1);)s+=1;return{from:t,to:s}}return null}giveUp(e){for(let t=e.from;t<=e.to;t+=1)this.#e.has(t)||this.#n.add(t)}clear(){this.#e.clear(),this.#t.clear(),this.#n.clear(),this.#s=null,this.#i=null}get#r(){var t;const e=this.list();return((t=e[e.length-1])==null?void 0:t.seq)??0}}const B=5e3,he=50,ce=1500,Lt=6e4,Mt=6e4,Ot=12*36e5,Z=[1e3,2e3,4e3,8e3,15e3,3e4];class Pt{constructor(e,t,s,n,o,r=Date.now){this.api=e,this.outbox=t,this.clinic=s,this.changed=n,this.arrived=o,this.now=r,this.#t=new Ct({after:()=>this.#e.settled,open:(a,l)=>this.api.events(a,l),event:(a,l)=>this.#T(a,l),opened:()=>this.#y(),alive:()=>this.connection!=="open"&&this.#h("open"),lost:a=>this.#A(a)},r)}api;outbox;clinic;changed;arrived;now;connection="idle";verified=!1;more=!1;loaded=!1;loadingOlder=!1;olderFailed=!1;typing=!1;owner="assistant";onShift=null;front=null;#e=new Tt;#t;#n=null;#s=!1;#i=!1;#r=!1;#a=!1;#p=!1;#c=null;#m=null;#v=!1;#d=0;#o={};#l=new Map;get messages(){return this.#e.list()}get unsent(){return this.outbox.entries}provisional(e){return this.#l.get(e)??null}get ownerName(){if(this.owner!=="staff")return h.assistant;const e=[...this.messages].reverse().find(t=>t.from==="staff");return this.#n??(e==null?void 0:e.name)??h.staff}get key(){return this.#c}start(){this.#i||(this.#i=!0,this.#b())}stop(){this.#i=!1,this.#t.stop();for(const e of Object.values(this.#o))clearTimeout(e);this.#o={}}wake(e){this.#r=!1,this.#i&&(clearTimeout(this.#o.hidden),this.#o.establish!==void 0||!this.#t.running?this.#b():this.#t.wake(e),this.#f())}rest(){clearTimeout(this.#o.hidden),this.#o.hidden=setTimeout(()=>this.#t.stop(),Mt)}offline(){this.#r=!0,this.#i&&(this.typing=!1,this.#h("offline"))}write(e,t){const s=this.now();this.outbox.put({id:At(),text:e,at:s,status:"waiting",...t!==void 0&&{choice:t}}),this.changed(),this.#o.establish!==void 0&&this.#b(),this.#f()}again(e){const t=this.outbox.entries.find(o=>o.id===e);if(!t)return;const{problem:s,...n}=t;this.outbox.put({...n,status:"waiting"}),this.changed(),this.#f()}remove(e){this.outbox.remove(e),this.#l.delete(e),this.changed()}calm(){this.front=null,this.changed()}async older(){const e=this.#e.floor;if(!(this.loadingOlder||e===null)){this.loadingOlder=!0,this.olderFailed=!1,this.changed();try{const t=await this.api.history(he,e);for(const s of t.messages)this.#e.add(s);this.more=t.more}catch{this.olderFailed=!0}this.loadingOlder=!1,this.changed()}}#h(e){this.connection=e,this.changed()}#b(){this.#u().then(()=>(this.#t.start(),this.#f())).catch(()=>{})}#u(){return this.#m??=this.#_().finally(()=>this.#m=null),this.#m}async#_(){clearTimeout(this.#o.establish),this.#o.establish=void 0,this.connection!=="open"&&this.#h(this.connection==="idle"?"connecting":this.connection);try{const e=await this.api.session(this.clinic);this.clinic=e.clinic,this.verified=e.verified,this.onShift=e.clinic.onShift,this.api.conversation=e.conversation;const t=e.conversation||`of ${e.name??""}`;t!==this.#c&&(this.#c!==null&&this.#C(),this.#c=t,this.outbox.bind(t,this.#p?null:h.otherConversation)),this.#p=!1,this.loaded||await this.#$()}catch(e){const t=e instanceof j?(e.retryAfter??0)*1e3:0,s=Z[Math.min(this.#d,Z.length-1)]??0;throw this.#d+=1,this.#o.establish=setTimeout(()=>this.#b(),Math.max(t,s*(.5+Math.random()/2))),this.#h(this.#r?"offline":"waiting"),e}this.#d=0}async#$(){const e=await this.api.history(he);for(const t of e.messages)this.#e.add(t),this.outbox.remove(t.id),M(t.level)&&this.now()-t.at<Ot&&(this.#g(t.level),this.#a=!0);this.#x(),this.more=e.more,this.loaded=!0,this.changed()}#C(){this.#t.stop(),this.#e.clear(),this.#l.clear(),this.loaded=this.more=this.typing=this.#s=!1,this.owner="assistant",this.front=this.#n=null}#y(){this.#h("open"),this.#f()}#A(e){return this.typing=!1,this.#h(this.#r?"offline":"waiting"),e!==401&&e!==409?!0:(this.#k(e).catch(()=>{}),!1)}async#k(e){this.#t.stop(),this.#p=e===401,await this.#u(),this.#t.start()}#T(e,t){let s;try{s=JSON.parse(t)}catch{return}if(e==="message"){const n=z(s);n&&this.#w(n)}else e==="state"&&this.#L(gt(s));this.changed()}#L(e){this.owner=e.owner,this.#n=e.ownerName,this.onShift=e.onShift??this.onShift,this.#S(e.typing),e.crisis&&!this.#s&&this.#g("crisis"),!e.crisis&&(this.#s||this.#a)&&this.front==="crisis"&&(this.front=null),this.#a=!1,this.#s=e.crisis}#S(e){clearTimeout(this.#o.typing),this.typing=e,e&&(this.#o.typing=setTimeout(()=>{this.typing=!1,this.changed()},Lt))}#g(e){this.front!=="crisis"&&(this.front=e)}#w(e){if(this.outbox.remove(e.id),!!this.#e.add(e)){if(e.from==="patient")this.#E(e);else{this.#S(!1);const s=this.messages.find(n=>n.seq===e.replyTo);s&&this.#l.delete(s.id)}M(e.level)&&(this.#g(e.level),this.#a=!1),this.#x(),this.arrived(e)}}#E(e){this.messages.some(t=>t.replyTo===e.seq)&&this.#l.delete(e.id)}#x(e=ce){this.#e.gap()===null||this.#o.gap!==void 0||(this.#o.gap=setTimeout(()=>{this.#M()},e))}async#M(){var t;let e=ce;try{const s=this.#e.gap();let n=s===null?0:s.to+1;for(;s!==null&&n>s.from;){const o=await this.api.history(he,n);for(const a of o.messages)a.seq>=s.from&&this.#w(a);const r=(t=o.messages[0])==null?void 0:t.seq;if(r===void 0||!o.more||r>=n)break;n=r}s!==null&&this.#e.giveUp(s)}catch{e=10*ce}this.#o.gap=void 0,this.#x(e),this.changed()}async#f(){if(!(this.#v||this.#c===null)){clearTimeout(this.#o.resend),this.#o.resend=void 0,this.#v=!0;try{let e=!1;for(let t=this.outbox.next;t!==null&&this.#i;t=this.outbox.next){const s=await this.#O(t);if(s===401||s===409){if(e)break;e=!0,await this.#k(s)}else if(s!==null)break}}catch{}finally{this.#v=!1}}}async#O(e){this.outbox.put({...e,status:"sending"}),this.changed();try{const{message:t,reply:s}=await this.api.send({id:e.id,text:e.text,...e.choice!==void 0&&{choice:e.choice}});return this.#d=0,this.outbox.remove(e.id),s&&this.#l.delete(e.id),t&&this.#w(t),s&&s.seq>0&&this.#w(s),this.changed(),null}catch(t){return this.#P(e,t)}}#P(e,t){const s=t instanceof j?t:null,n=(s==null?void 0:s.status)??0;if(s!=null&&s.reply&&(this.#l.has(e.id)||(M(s.reply.level)&&this.#g(s.reply.level),this.arrived(s.reply)),this.#l.set(e.id,s.reply)),this.#e.has(e.id))return this.outbox.remove(e.id),null;if(s!==null&&n>=400&&n<500&&![401,408,409,425,429].includes(n))return this.outbox.put({...e,status:"refused",problem:s.message||h.problem}),this.changed(),null;if(this.outbox.put({...e,status:"waiting",...(s==null?void 0:s.message)&&{problem:s.message}}),n!==401&&n!==409){const r=Z[Math.min(this.#d,Z.length-1)]??0;this.#d+=1,clearTimeout(this.#o.resend),this.#o.resend=setTimeout(()=>{this.#f()},Math.max(((s==null?void 0:s.retryAfter)??0)*1e3,r*(.5+Math.random()/2)))}return this.changed(),n}}const Ut=/(?:\+?1[\s.-]?)?(?:\(\d{3}\)\s?|\d{3}[\s.-])\d{3}[\s.-]\d{4}/.source;function Ne(i){return(i.trim().startsWith("+")?"+":"")+i.replace(/\D/g,"")}function Nt(i){return i.replace(/[.*+?^${}()|[\]\\]/g,"\\$&")}function Ht(i,e){const t=e.filter(r=>r.trim()!=="").map(Nt),s=new RegExp(`(?:${[...t,Ut].join("|")})(?![\\w@]|[.-]\\w)`,"g"),n=[];let o=0;for(const r of i.matchAll(s)){if(/[\w.$#@/+-]$/.test(i.slice(0,r.index)))continue;r.index>o&&n.push({text:i.slice(o,r.index),href:null});const a=i.slice(0,r.index),l=/\btext\s+$/i.test(a)&&!/\bcall\s+or\s+text\s+$/i.test(a)?"sms:":"tel:";n.push({text:r[0],href:l+Ne(r[0])}),o=r.index+r[0].length}return o<i.length&&n.push({text:i.slice(o),href:null}),n}function Rt(i,e,t,s){const n=Dt(i,e,t);if(t===null){const o=n.filter(r=>r.href.startsWith("tel:"));return u`<section class="crisis bar" aria-label=${h.crisisRegion}>
      <h3>${h.crisisBar}</h3>
      <ul class=${o.length<3?"two":""}>
        ${o.map(r=>u`<li>
            <a href=${r.href}><span class="unseen">${r.verb} </span><b>${r.number}</b> <span>${r.about}</span></a>
          </li>`)}
      </ul>
    </section>`}return u`<section class="crisis front" aria-label=${h.crisisRegion}>
    <div class="head">
      <h3>${h.crisisTitle}</h3>
      <button class="less" type="button" @click=${s}>${h.crisisLess}</button>
    </div>
    <p>${h.crisisText(i.ambulance,i.crisisLine)}</p>
    <ul>
      ${n.map(o=>u`<li>
          <a class=${o.second?"second":f} href=${o.href}><b>${o.verb} ${o.number}</b> <span>${o.about}</span></a>
        </li>`)}
    </ul>
  </section>`}function Dt(i,e,t){const s=(c,m,d=!1)=>({href:`tel:${Ne(c)}`,verb:h.call,number:c,about:m,second:d}),n=[s(i.crisisLine,h.line)];i.crisisLine==="988"&&n.push({href:"sms:988",verb:h.text,number:"988",about:h.lineText,second:!0});const o=s(i.ambulance,h.ambulance),r=e===!1&&i.afterHoursPhone!==""&&i.afterHoursPhone!==i.phone,a=r?i.afterHoursPhone:i.phone,l=a===""?[]:[s(a,r?h.clinicAfterHours:h.clinic,!0)];return t==="emergency"?[o,...n,...l]:[...n,o,...l]}const O=i=>u`<svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">${i}</svg>`,P={chat:O(E`<path d="M4 5h16v11H10l-5 4v-4H4z" />`),close:O(E`<path d="M6 6l12 12M18 6L6 18" />`),send:O(E`<path d="M4 12h14M12 6l6 6-6 6" />`),person:O(E`<circle cx="12" cy="8" r="4" /><path d="M4 21c1-5 4-7 8-7s7 2 8 7" />`),important:O(E`<path d="M12 3l10 18H2zM12 10v5M12 18v.1" />`),down:O(E`<path d="M12 5v14M6 13l6 6 6-6" />`)};const It={CHILD:2},qt=i=>(...e)=>({_$litDirective$:i,values:e});let zt=class{constructor(e){}get _$AU(){return this._$AM._$AU}_$AT(e,t,s){this._$Ct=e,this._$AM=t,this._$Ci=s}_$AS(e,t){return this.update(e,t)}update(e,t){return this.render(...t)}};const{I:jt}=dt,He=i=>i,Re=()=>document.createComment(""),V=(i,e,t)=>{var o;const s=i._$AA.parentNode,n=e===void 0?i._$AB:e._$AA;if(t===void 0){const r=s.insertBefore(Re(),n),a=s.insertBefore(Re(),n);t=new jt(r,a,i,i.options)}else{const r=t._$AB.nextSibling,a=t._$AM,l=a!==i;if(l){let c;(o=t._$AQ)==null||o.call(t,i),t._$AM=i,t._$AP!==void 0&&(c=i._$AU)!==a._$AU&&t._$AP(c)}if(r!==n||l){let c=t._$AA;for(;c!==r;){const m=He(c).nextSibling;He(s).insertBefore(c,n),c=m}}}return t},k=(i,e,t=i)=>(i._$AI(e,t),i),Bt={},Vt=(i,e=Bt)=>i._$AH=e,Wt=i=>i._$AH,de=i=>{i._$AR(),i._$AA.remove()};const De=(i,e,t)=>{const s=new Map;for(let n=e;n<=t;n++)s.set(i[n],n);return s},Ft=qt(class extends zt{constructor(i){if(super(i),i.type!==It.CHILD)throw Error("repeat() can only be used in text expressions")}dt(i,e,t){let s;t===void 0?t=e:e!==void 0&&(s=e);const n=[],o=[];let r=0;for(const a of i)n[r]=s?s(a,r):r,o[r]=t(a,r),r++;return{values:o,keys:n}}render(i,e,t){return this.dt(i,e,t).values}update(i,[e,t,s]){const n=Wt(i),{values:o,keys:r}=this.dt(e,t,s);if(!Array.isArray(n))return this.ut=r,o;const a=this.ut??=[],l=[];let c,m,d=0,g=n.length-1,p=0,v=o.length-1;for(;d<=g&&p<=v;)if(n[d]===null)d++;else if(n[g]===null)g--;else if(a[d]===r[p])l[p]=k(n[d],o[p]),d++,p++;else if(a[g]===r[v])l[v]=k(n[g],o[v]),g--,v--;else if(a[d]===r[v])l[v]=k(n[d],o[v]),V(i,l[v+1],n[d]),d++,v--;else if(a[g]===r[p])l[p]=k(n[g],o[p]),V(i,n[d],n[g]),g--,p++;else if(c===void 0&&(c=De(r,p,v),m=De(a,d,g)),c.has(a[d]))if(c.has(a[g])){const $=m.get(r[p]),ue=$!==void 0?n[$]:null;if(ue===null){const Ge=V(i,n[d]);k(Ge,o[p]),l[p]=Ge}else l[p]=k(ue,o[p]),V(i,n[d],ue),n[$]=null;p++}else de(n[g]),g--;else de(n[d]),d++;for(;p<=v;){const $=V(i,l[v+1]);k($,o[p]),l[p++]=$}for(;d<=g;){const $=n[d++];$!==null&&de($)}return this.ut=r,Vt(i,l),_}});function Gt(i,e){const t=Jt(i);return u`<ol>
    ${Ft(Yt(i),s=>s.key,s=>s.kind==="day"?u`<li class="day">${s.label}</li>`:s.kind==="unsent"?Xt(s.entry,s.first,i,e):Kt(s.message,s.first,s.fate,i,s.message===t?e:null))}
  </ol>`}function Yt(i){const e=[],{messages:t,unsent:s}=i,n=s.length>0?void 0:[...t].reverse().find(a=>a.from==="patient");let o="",r="";for(const a of t){const l=is(a.at);l!==o&&e.push({kind:"day",key:`day-${o=l}`,label:l});const c=`${o} ${a.from} ${a.name??""} ${a.channel}`,m=a===n?h.sent:null;e.push({kind:"message",key:a.id,message:a,first:c!==r,fate:m}),r=c}for(const a of s){const l=!r.includes("patient");e.push({kind:"unsent",key:a.id,entry:a,first:l});const c=i.provisional(a.id);r=c?"assistant":"patient",c&&e.push({kind:"message",key:`provisional-${a.id}`,message:c,first:!0,fate:null})}for(const a of t){const l=a.from==="patient"?i.provisional(a.id):null;l&&e.push({kind:"message",key:`provisional-${a.id}`,message:l,first:!0,fate:null})}return e}function Jt(i){if(i.unsent.some(e=>e.status!=="refused"))return null;for(const e of[...i.messages].reverse()){if(e.from==="patient")return null;if(e.buttons.length>0)return e}return null}function Kt(i,e,t,s,n){const o=i.from!=="patient"&&M(i.level);return u`<li class="item ${i.from} ${e?"first":""} ${o?"grave":""}">
    ${Zt(i,e)}
    <div class="bubble">${o?u`<span class="mark">${P.important}${h.important}</span>`:f}${Qt(i,s)}</div>
    ${t===null?f:u`<p class="fate">${t}</p>`}
    ${n===null?f:u`<ul class="choices row" aria-label=${h.choices}>
          ${i.buttons.map(r=>u`<li><button class="plain" type="button" @click=${()=>n.choose(r)}>${r.title}</button></li>`)}
        </ul>`}
  </li>`}function Zt(i,e){const t=u`<time datetime=${new Date(i.at).toISOString()}>${ss(i.at)}</time>`,s=i.channel==="sms"?u`<span>${h.bySms}</span>`:f;if(i.from==="patient")return u`<p class=${e?"who":"unseen"}><b>${h.you}</b> ${s} ${t}</p>`;if(i.from==="staff"){const n=i.name===null?f:u`<span class="badge">${h.staff}</span>`;return u`<p class=${e?"who":"unseen"}>${P.person}<b>${i.name??h.staff}</b> ${n} ${s} ${t}</p>`}return u`<p class=${e?"who":"unseen"}><b>${h.assistant}</b> <span>(${h.automated})</span> ${s} ${t}</p>`}function Qt(i,e){if(i.from==="patient")return i.text;const{phone:t,afterHoursPhone:s,crisisLine:n,ambulance:o}=e.clinic;return Ht(i.text,[t,s,n,o]).map(r=>r.href===null?r.text:u`<a href=${r.href}>${r.text}</a>`)}function Xt(i,e,t,s){return u`<li class="item patient unsent ${e?"first":""}">
    <p class=${e?"who":"unseen"}><b>${h.you}</b></p>
    <div class="bubble">${i.text}</div>
    ${i.status==="refused"?u`<p class="fate bad">${h.refused} ${i.problem}</p>
          <div class="row">
            <button class="plain" type="button" @click=${()=>s.again(i.id)}>${h.again}</button>
            <button class="plain" type="button" @click=${()=>s.remove(i.id)}>${h.remove}</button>
          </div>`:u`<p class="fate ${Ie(i,t)?"bad":""}">${ts(i,t)}</p>`}
  </li>`}const es=8e3;function Ie(i,e){return e.connection!=="open"||i.problem!==void 0||Date.now()-i.at>es}function ts(i,e){return Ie(i,e)?`${i.problem??h.unsent} ${h.unsentUrgent}`:h.sending}const qe="en-US";function ss(i){return new Date(i).toLocaleTimeString(qe,{hour:"numeric",minute:"2-digit"})}function is(i){const e=new Date(i),t=new Date;return e.toDateString()===t.toDateString()?h.today:(t.setDate(t.getDate()-1),e.toDateString()===t.toDateString()?h.yesterday:e.toLocaleDateString(qe,{weekday:"long",day:"numeric",month:"long",year:"numeric"}))}const ze=ee`
  :host {
    all: initial;
    --accent: var(--aftercare-accent, #0b5a63);
    --on-accent: var(--aftercare-on-accent, #ffffff);
    --surface: var(--aftercare-surface, #ffffff);
    --ground: var(--aftercare-ground, #f3f6f7);
    --ink: var(--aftercare-ink, #15222a);
    --ink-soft: var(--aftercare-ink-soft, #47565e);
    --line: var(--aftercare-line, #c4d0d5);
    --control: #66767f;
    --staff: #fdf3da;
    --staff-line: #8a6100;
    --alarm: #a3161a;
    --on-alarm: #ffffff;
    --alarm-ground: #fdeeed;
    --alarm-ink: #6f0f12;
    --focus: #0a3fb8;
    --radius: var(--aftercare-radius, 0.9em);
    color: var(--ink);
    font-family: var(--aftercare-font, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif);
    font-size: var(--aftercare-font-size, medium);
    line-height: 1.5;
    color-scheme: light;
    text-align: start;
    -webkit-text-size-adjust: 100%;
  }
  @media (prefers-color-scheme: dark) {
    :host(:not([theme="light"])) {
      --accent: var(--aftercare-dark-accent, #86d6df);
      --on-accent: var(--aftercare-dark-on-accent, #04262b);
      --surface: var(--aftercare-dark-surface, #172026);
      --ground: var(--aftercare-dark-ground, #0e1418);
      --ink: var(--aftercare-dark-ink, #eef3f5);
      --ink-soft: var(--aftercare-dark-ink-soft, #b4c2c9);
      --line: var(--aftercare-dark-line, #3a4850);
      --control: #8b9aa2;
      --staff: #2f2814;
      --staff-line: #e8bf5c;
      --alarm: #ffb3ad;
      --on-alarm: #3d0002;
      --alarm-ground: #381214;
      --alarm-ink: #ffdad7;
      --focus: #a9c7ff;
      color-scheme: dark;
    }
  }
  :host([theme="dark"]) {
    --accent: var(--aftercare-dark-accent, #86d6df);
    --on-accent: var(--aftercare-dark-on-accent, #04262b);
    --surface: var(--aftercare-dark-surface, #172026);
    --ground: var(--aftercare-dark-ground, #0e1418);
    --ink: var(--aftercare-dark-ink, #eef3f5);
    --ink-soft: var(--aftercare-dark-ink-soft, #b4c2c9);
    --line: var(--aftercare-dark-line, #3a4850);
    --control: #8b9aa2;
    --staff: #2f2814;
    --staff-line: #e8bf5c;
    --alarm: #ffb3ad;
    --on-alarm: #3d0002;
    --alarm-ground: #381214;
    --alarm-ink: #ffdad7;
    --focus: #a9c7ff;
    color-scheme: dark;
  }
  * {
    box-sizing: border-box;
    margin: 0;
    padding: 0;
    font: inherit;
    color: inherit;
  }
  [hidden] {
    display: none !important;
  }
  b,
  h2,
  h3 {
    font-weight: 650;
  }
  button,
  a {
    -webkit-tap-highlight-color: transparent;
    touch-action: manipulation;
  }
  button {
    cursor: pointer;
    background: none;
    border: 0;
  }
  :focus {
    outline: none;
  }
  :focus-visible {
    outline: 3px solid var(--focus);
    outline-offset: 2px;
  }
  svg {
    width: 1.25em;
    height: 1.25em;
    flex: none;
    fill: none;
    stroke: currentColor;
    stroke-width: 2;
    stroke-linecap: round;
    stroke-linejoin: round;
  }
  .unseen {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  .plain {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 0.4em;
    min-height: 2.75em;
    padding: 0.35em 1em;
    border: 1px solid var(--control);
    border-radius: var(--radius);
    background: var(--surface);
    color: var(--ink);
  }
  .plain:hover {
    border-color: var(--accent);
  }
  .strong {
    border-color: var(--accent);
    background: var(--accent);
    color: var(--on-accent);
    font-weight: 650;
  }
`,ns=ee`
  :host {
    display: block;
    height: var(--aftercare-height, min(42em, 92vh));
    container-type: size;
    background: var(--surface);
    border: 1px solid var(--line);
    border-radius: var(--radius);
    overflow: hidden;
  }
  :host([hidden]) {
    display: none;
  }
  .chat {
    display: flex;
    flex-direction: column;
    height: 100%;
    font-size: 1.0625em;
    background: var(--surface);
    overflow-wrap: anywhere;
  }

  header {
    display: flex;
    align-items: center;
    gap: 0.5em;
    padding: 0.6em 0.5em 0.5em 1em;
  }
  header > div {
    flex: 1;
    min-width: 0;
  }
  h2 {
    font-size: 1.1em;
    line-height: 1.25;
  }
  .status {
    display: flex;
    align-items: baseline;
    gap: 0.45em;
    font-size: 0.875em;
    line-height: 1.35;
    color: var(--ink-soft);
  }
  .dot {
    width: 0.65em;
    height: 0.65em;
    flex: none;
    border: 2px solid var(--control);
    border-radius: 50%;
  }
  .open .dot {
    background: #2c8a4b;
    border-color: #2c8a4b;
  }
  .waiting,
  .offline {
    color: var(--alarm-ink);
    font-weight: 650;
  }
  .waiting .dot,
  .offline .dot {
    border-color: var(--alarm);
    border-radius: 0;
  }
  .icon {
    display: grid;
    place-items: center;
    width: 2.75em;
    height: 2.75em;
    border-radius: var(--radius);
    color: var(--ink-soft);
  }
  .icon:hover {
    color: var(--ink);
    background: var(--ground);
  }

  .crisis {
    flex: none;
    padding: 0.35em 0.6em 0.5em;
    background: var(--alarm-ground);
    color: var(--alarm-ink);
    border-block: 1px solid var(--alarm);
  }
  .crisis h3 {
    font-size: 0.875em;
    line-height: 1.5;
    padding-inline: 0.2em;
  }
  .crisis ul {
    display: grid;
    grid-template-columns: 1fr 1fr 1.55fr;
    gap: 0.4em;
    list-style: none;
  }
  .crisis ul.two {
    grid-template-columns: 1fr 1fr;
  }
  .crisis a {
    display: flex;
    flex-direction: column;
    align-items: center;
    justify-content: center;
    height: 100%;
    min-height: 2.75em;
    padding: 0.15em 0.3em;
    border: 1px solid var(--alarm);
    border-radius: 0.6em;
    background: var(--surface);
    color: var(--alarm-ink);
    text-align: center;
    text-decoration: none;
    line-height: 1.2;
  }
  .crisis a:hover {
    text-decoration: underline;
  }
  .crisis a b {
    white-space: nowrap;
  }
  .crisis a span:last-child {
    font-size: 0.8125em;
  }
  .front {
    padding: 0.6em 0.75em 0.75em;
    border-block-width: 3px;
  }
  .front .head {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: 0.5em;
  }
  .front h3 {
    font-size: 1.15em;
    line-height: 1.25;
  }
  .front p {
    padding: 0 0.2em 0.5em;
    font-size: 0.9375em;
  }
  .front .less {
    flex: none;
    min-height: 2.75em;
    padding-inline: 0.5em;
    font-size: 0.875em;
    text-decoration: underline;
  }
  .front ul {
    grid-template-columns: 1fr 1fr;
    gap: 0.5em;
  }
  .front a {
    min-height: 3.5em;
    background: var(--alarm);
    color: var(--on-alarm);
  }
  .front a b {
    font-size: 1.15em;
    white-space: normal;
  }
  .front a.second {
    background: var(--surface);
    color: var(--alarm-ink);
  }

  .log {
    flex: 1;
    min-height: 0;
    overflow-y: auto;
    overscroll-behavior: contain;
    padding: 0.75em;
    background: var(--ground);
  }
  .log:focus-visible {
    outline-offset: -3px;
  }
  .log ol,
  .log ul {
    list-style: none;
  }
  .older {
    display: grid;
    justify-items: center;
    gap: 0.4em;
    padding-bottom: 0.5em;
    text-align: center;
  }
  .day {
    padding: 0.6em 0;
    text-align: center;
    font-size: 0.875em;
    color: var(--ink-soft);
  }
  .item {
    display: flex;
    flex-direction: column;
    align-items: flex-start;
    padding-top: 0.3em;
  }
  .item.first {
    padding-top: 0.9em;
  }
  .item.patient {
    align-items: flex-end;
  }
  .who {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0 0.45em;
    padding: 0 0.2em 0.2em;
    font-size: 0.875em;
    color: var(--ink-soft);
  }
  .who b {
    color: var(--ink);
  }
  .who svg {
    width: 1.1em;
    height: 1.1em;
  }
  .badge {
    padding: 0 0.5em;
    border: 1px solid var(--staff-line);
    border-radius: 1em;
    background: var(--staff);
    color: var(--ink);
  }
  .bubble {
    max-width: min(92%, 34em);
    padding: 0.55em 0.85em;
    border: 1px solid var(--line);
    border-radius: var(--radius);
    border-start-start-radius: 0.25em;
    background: var(--surface);
    white-space: pre-wrap;
  }
  .patient .bubble {
    border-color: var(--accent);
    border-start-start-radius: var(--radius);
    border-end-end-radius: 0.25em;
    background: var(--accent);
    color: var(--on-accent);
  }
  .patient.unsent .bubble {
    border: 2px dashed var(--accent);
    background: var(--surface);
    color: var(--ink);
  }
  .staff .bubble {
    border-color: var(--staff-line);
    border-inline-start-width: 5px;
    background: var(--staff);
  }
  .grave .bubble {
    border: 2px solid var(--alarm);
    border-inline-start-width: 6px;
    background: var(--alarm-ground);
    color: var(--alarm-ink);
  }
  .bubble a {
    display: inline-block;
    font-weight: 650;
    text-decoration: underline;
    text-underline-offset: 0.15em;
    padding-block: 0.15em;
  }
  .mark {
    display: flex;
    align-items: center;
    gap: 0.35em;
    padding-bottom: 0.15em;
    font-weight: 650;
  }
  .fate {
    padding: 0.15em 0.3em 0;
    font-size: 0.875em;
    color: var(--ink-soft);
    text-align: end;
  }
  .fate.bad {
    color: var(--alarm-ink);
    font-weight: 650;
  }
  .row {
    display: flex;
    flex-wrap: wrap;
    gap: 0.5em;
    padding-top: 0.4em;
  }
  .choices {
    padding-top: 0.6em;
    max-width: 100%;
  }
  .choices button {
    border: 2px solid var(--accent);
    color: var(--accent);
    font-weight: 650;
    text-align: start;
  }
  .choices button:hover {
    background: var(--accent);
    color: var(--on-accent);
  }

  .below {
    position: relative;
    flex: none;
  }
  .newest {
    position: absolute;
    inset: auto 0 calc(100% + 0.5em);
    margin-inline: auto;
    width: max-content;
    font-size: 0.9375em;
    box-shadow: 0 2px 8px rgb(0 0 0 / 0.25);
  }
  .typing {
    display: flex;
    align-items: center;
    gap: 0.6em;
    padding: 0.25em 1em;
    font-size: 0.9375em;
    color: var(--ink-soft);
    background: var(--ground);
  }
  .dots {
    display: inline-flex;
    gap: 0.25em;
  }
  .dots i {
    width: 0.4em;
    height: 0.4em;
    border-radius: 50%;
    background: currentColor;
    animation: breathe 1.4s ease-in-out infinite;
  }
  .dots i:nth-child(2) {
    animation-delay: 0.2s;
  }
  .dots i:nth-child(3) {
    animation-delay: 0.4s;
  }
  @keyframes breathe {
    50% {
      opacity: 0.25;
    }
  }

  form {
    padding: 0.5em 0.75em 0.75em;
    border-top: 1px solid var(--line);
    background: var(--surface);
  }
  label {
    display: block;
    padding-bottom: 0.2em;
    font-size: 0.875em;
    font-weight: 650;
  }
  .line {
    display: flex;
    align-items: flex-end;
    gap: 0.5em;
  }
  textarea {
    flex: 1;
    min-width: 0;
    min-height: 2.9em;
    max-height: 7.5em;
    padding: 0.6em 0.75em;
    border: 2px solid var(--control);
    border-radius: var(--radius);
    background: var(--surface);
    color: var(--ink);
    font-size: max(1em, 16px);
    line-height: 1.4;
    resize: none;
  }
  textarea::placeholder {
    color: var(--ink-soft);
    opacity: 1;
  }
  textarea:focus {
    outline: 3px solid var(--focus);
    outline-offset: 0;
  }
  textarea[aria-invalid="true"] {
    border-color: var(--alarm);
  }
  .send {
    min-height: 2.9em;
  }
  .note {
    padding-top: 0.3em;
    font-size: 0.875em;
    color: var(--ink-soft);
  }
  .note.bad {
    color: var(--alarm-ink);
    font-weight: 650;
  }
  .welcome {
    flex: 1;
    display: grid;
    place-content: center;
    justify-items: center;
    gap: 1em;
    padding: 1em;
    text-align: center;
  }

  /* Little height (a phone on its side, 400 % zoom): one scroll for all, with the numbers still in sight. */
  @container (max-height: 27em) {
    .chat {
      overflow-y: auto;
    }
    .log {
      flex: 1 0 auto;
      overflow: visible;
    }
    .crisis {
      position: sticky;
      top: 0;
      z-index: 1;
    }
    .front {
      position: static;
    }
    .bar h3 {
      position: absolute;
      width: 1px;
      height: 1px;
      overflow: hidden;
      clip-path: inset(50%);
    }
    .newest {
      position: sticky;
      bottom: 0.5em;
    }
  }
  @container (max-width: 15em) {
    .front ul,
    .crisis ul,
    .crisis ul.two {
      grid-template-columns: 1fr;
    }
  }

  @media (prefers-reduced-motion: reduce) {
    .dots i {
      animation: none;
    }
  }
  @media (forced-colors: active) {
    .dot,
    .dots i {
      forced-color-adjust: none;
      background: CanvasText;
    }
    .waiting .dot,
    .offline .dot {
      background: Canvas;
      border-color: CanvasText;
    }
    .patient .bubble {
      border-width: 2px;
    }
    .strong,
    .front a {
      border-width: 3px;
    }
  }
`,rs=ee`
  :host {
    position: fixed;
    inset: auto 0 0 auto;
    z-index: var(--aftercare-layer, 2147483000);
  }
  .launcher {
    position: fixed;
    inset: auto max(1em, env(safe-area-inset-right)) max(1em, env(safe-area-inset-bottom)) auto;
    display: inline-flex;
    align-items: center;
    gap: 0.55em;
    max-width: calc(100vw - 2em);
    min-height: 3.4em;
    padding: 0.5em 1.2em;
    border: 2px solid var(--surface);
    border-radius: 2em;
    background: var(--accent);
    color: var(--on-accent);
    font-size: 1.0625em;
    font-weight: 650;
    box-shadow: 0 3px 14px rgb(0 0 0 / 0.35);
  }
  .launcher.grave {
    background: var(--alarm);
    color: var(--on-alarm);
  }
  .count {
    padding: 0 0.55em;
    border-radius: 1em;
    background: var(--surface);
    color: var(--ink);
    font-size: 0.875em;
  }
  dialog {
    position: fixed;
    inset: auto max(1em, env(safe-area-inset-right)) max(1em, env(safe-area-inset-bottom)) auto;
    width: min(26em, calc(100vw - 2em));
    height: min(43em, calc(100vh - 2em));
    height: min(43em, calc(100dvh - 2em));
    max-width: none;
    max-height: none;
    padding: 0;
    border: 0;
    border-radius: var(--radius);
    background: none;
    color: inherit;
    overflow: hidden;
    box-shadow: 0 10px 40px rgb(0 0 0 / 0.35);
  }
  dialog::backdrop {
    background: rgb(0 0 0 / 0.5);
  }
  aftercare-chat {
    --aftercare-height: 100%;
  }
  @media (max-width: 37em), (max-height: 30em) {
    dialog {
      inset: var(--seen-top, 0) 0 auto 0;
      width: 100vw;
      height: var(--seen-height, 100dvh);
      border-radius: 0;
    }
    aftercare-chat {
      --aftercare-radius: 0.9em;
    }
  }
`,je=80,os=300,Be="aftercare.draft.";class as extends Event{constructor(e){super("aftercare-arrived"),this.message=e}message}class ls extends L{static styles=[ze,ns];static properties={server:{type:String},open:{type:Boolean,reflect:!0},theme:{type:String,reflect:!0},phone:{type:String},crisisLine:{type:String,attribute:"crisis-line"},ambulance:{type:String},closable:{type:Boolean}};#e=null;#t=null;#n="";#s="";#i="";#r=!0;#a=!1;#p="";#c=!0;#m=null;#v;constructor(){super(),this.server="",this.open=!1,this.phone="",this.crisisLine="988",this.ambulance="911",this.closable=!1}get conversation(){return this.#e??=new Pt(new bt(this.server.replace(/\/+$/,"")),new yt(K("localStorage"),K("sessionStorage")),this.#d(),()=>this.requestUpdate(),e=>this.#b(e))}connectedCallback(){super.connectedCallback(),window.addEventListener("online",this.#o),window.addEventListener("offline",this.#l),window.addEventListener("pageshow",this.#h),document.addEventListener("visibilitychange",this.#h),navigator.onLine||this.conversation.offline(),this.#v=setInterval(()=>{var e;return((e=this.#e)==null?void 0:e.unsent.length)&&this.requestUpdate()},4e3)}disconnectedCallback(){var e;super.disconnectedCallback(),window.removeEventListener("online",this.#o),window.removeEventListener("offline",this.#l),window.removeEventListener("pageshow",this.#h),document.removeEventListener("visibilitychange",this.#h),clearInterval(this.#v),(e=this.#e)==null||e.stop(),this.#e=null}enter(){var t;(t=(matchMedia("(pointer: fine)").matches?this.#u():null)??this.renderRoot.querySelector("h2"))==null||t.focus(),this.#y()}#d(){const{phone:e,crisisLine:t,ambulance:s}=this;return{name:"",phone:e,afterHoursPhone:"",crisisLine:t,ambulance:s,onShift:null}}#o=()=>this.conversation.wake(0);#l=()=>this.conversation.offline();#h=()=>{if(document.hidden)return this.conversation.rest();this.conversation.wake(),navigator.onLine||this.conversation.offline()};#b(e){if(e.from!=="patient"&&this.dispatchEvent(new as(e)),M(e.level)){const{ambulance:t,crisisLine:s}=this.conversation.clinic;this.#i=h.crisisAlert(t,s)}}#u(){return this.renderRoot.querySelector("textarea")}#_(){return this.renderRoot.querySelector(".log")}#$(){const e=this.#_();return e!==null&&getComputedStyle(e).overflowY==="visible"?e.parentElement:e}willUpdate(e){var s;e.has("open")&&this.open&&this.conversation.start();const t=this.hasUpdated?this.#$():null;this.#c=t===null||t.scrollHeight-t.scrollTop-t.clientHeight<je,this.#m=((s=this.shadowRoot)==null?void 0:s.activeElement)??null,this.#M()}updated(){var o,r,a;this.#m!==null&&!this.#m.isConnected&&((o=matchMedia("(pointer: fine)").matches?this.#u():this.#_())==null||o.focus());const{messages:e,unsent:t,loaded:s}=this.conversation,n=((r=t[t.length-1])==null?void 0:r.id)??((a=e[e.length-1])==null?void 0:a.id)??"";if(n!==this.#p){const l=t.length>0,c=this.#p==="";this.#p=n,c||l||this.#c?this.#y():(this.#a=!0,this.requestUpdate())}else this.#c&&!this.#a&&this.#y();s&&this.#r&&setTimeout(()=>this.#C(),e.length>2?500:0)}#C(){this.#r&&(this.#r=!1,this.requestUpdate())}#y(){const e=this.#$();if(e===null)return;e.scrollTop=e.scrollHeight;const t=this.renderRoot.querySelectorAll(".item"),s=t[t.length-1];e===this.#_()&&s&&s.offsetHeight>e.clientHeight&&(e.scrollTop-=s.offsetHeight-e.clientHeight+24),this.#a=!1}#A=()=>{const e=this.#$();!this.#a||e===null||e.scrollHeight-e.scrollTop-e.clientHeight<je&&(this.#a=!1,this.requestUpdate())};#k=e=>{e.key==="Escape"&&this.closable&&!e.isComposing&&(e.preventDefault(),e.stopPropagation(),this.#E())};#T=e=>{e.key!=="Enter"||e.shiftKey||e.isComposing||e.keyCode===229||matchMedia("(pointer: fine)").matches&&(e.preventDefault(),this.#g())};#L=()=>{const e=this.#u();if(e===null)return;this.#x(e.value);const t=[...e.value].length>B;this.#s=t?h.tooLong([...e.value].length,B):"",this.#S(e),this.requestUpdate()};#S(e){e.style.height="auto",e.style.height=`${e.scrollHeight+4}px`}#g(e){e==null||e.preventDefault();const t=this.#u();if(t===null)return;const s=t.value.trim(),n=[...s].length;this.#s=n===0?h.empty:n>B?h.tooLong(n,B):"",this.#s===""&&(this.conversation.write(s),t.value="",this.#x(""),t.style.height=""),t.focus(),this.requestUpdate()}#w(e){this.conversation.write(e.title,e.payload)}#E(){this.dispatchEvent(new Event("aftercare-close"))}#x(e){this.#n=e;try{this.#t!==null&&sessionStorage.setItem(Be+this.#t,e)}catch{}}#M(){var n;const e=((n=this.#e)==null?void 0:n.key)??null;if(e===null||e===this.#t)return;const t=this.#u(),s=this.#t!==null;this.#t=e;try{!s&&this.#n===""&&(this.#n=sessionStorage.getItem(Be+e)??"")}catch{return}t!==null&&t.value===""&&(t.value=this.#n)}render(){const{clinic:e,onShift:t,front:s}=this.conversation;return u`<section class="chat" lang="en" aria-label=${h.panelLabel(e.name)} @keydown=${this.#k} @scroll=${this.#A}>
      ${this.#O(e)}
      ${Rt(e,t,s,()=>this.#f())}
      <div class="unseen" role="alert">${this.#i}</div>
      ${this.open?[this.#N(),this.#R()]:this.#U()}
    </section>`}#f(){this.#i="",this.conversation.calm()}#O(e){const{connection:t}=this.conversation;return u`<header>
      <div>
        <h2 tabindex="-1">${e.name||h.assistant}</h2>
        <p class="status ${t}" role="status">
          ${t==="idle"?h.assistant:u`<span class="dot" aria-hidden="true"></span><span>${this.#P()}</span>`}
        </p>
      </div>
      ${this.closable?u`<button class="icon" type="button" aria-label=${h.close} title=${h.close} @click=${this.#E}>${P.close}</button>`:f}
    </header>`}#P(){const{connection:e,owner:t,ownerName:s,onShift:n}=this.conversation;return e==="connecting"?h.connecting:e==="waiting"?h.waiting:e==="offline"?h.offline:t==="staff"?h.connectedStaff(s):n===null?h.connected:n?h.connectedOnShift:h.connectedOffShift}#U(){return u`<div class="welcome">
      <p>${h.startText}</p>
      <button class="plain strong" type="button" @click=${()=>this.open=!0}>${h.start}</button>
    </div>`}#N(){const e=this.conversation,t=this.#r||e.loadingOlder?"off":"polite";return u`<div class="log" role="log" aria-live=${t} aria-label=${h.log} tabindex="0" @scroll=${this.#A}>
      ${e.more?u`<div class="older">
            <button class="plain" type="button" aria-disabled=${e.loadingOlder} @click=${this.#H}>
              ${e.loadingOlder?h.olderLoading:h.older}
            </button>
            ${e.olderFailed?u`<p class="note bad" role="alert">${h.olderFailed}</p>`:f}
          </div>`:f}
      ${e.loaded||e.unsent.length>0?f:u`<p class="day">${h.loading}</p>`}
      ${Gt(e,{choose:s=>this.#w(s),again:s=>e.again(s),remove:s=>e.remove(s)})}
    </div>`}#H=async()=>{const e=this.#$(),t=e===null?0:e.scrollHeight-e.scrollTop;await this.conversation.older(),await this.updateComplete,e!==null&&(e.scrollTop=e.scrollHeight-t)};#R(){const{typing:e,ownerName:t}=this.conversation;return u`<div class="below">
      ${this.#a?u`<button class="plain strong newest" type="button" @click=${this.#D}>${P.down}${h.newest}</button>`:f}
      <p class="typing" role="status" ?hidden=${!e}>
        ${e?u`<span class="dots" aria-hidden="true"><i></i><i></i><i></i></span>${h.typing(t)}`:f}
      </p>
      ${this.#I()}
    </div>`}#D=()=>{this.#y(),this.requestUpdate()};#I(){const e=B-[...this.#n].length,t=e<=os&&e>=0;return u`<form @submit=${this.#g}>
      <label for="text">${h.composerLabel}</label>
      <div class="line">
        <textarea
          id="text"
          rows="1"
          autocomplete="off"
          aria-invalid=${this.#s===""?"false":"true"}
          aria-describedby="problem room hint"
          placeholder=${h.placeholder}
          .value=${this.#n}
          @input=${this.#L}
          @keydown=${this.#T}
        ></textarea>
        <button class="plain strong send" type="submit">${P.send}${h.send}</button>
      </div>
      <p class=${this.#s?"note bad":"unseen"} id="problem" role="alert">${this.#s}</p>
      <p class="note" id="room" ?hidden=${!t}>${t?h.room(e):f}</p>
      <span class="unseen" id="hint">${matchMedia("(pointer: fine)").matches?h.enterHint:f}</span>
    </form>`}}const Ve="aftercare.started",hs="(max-width: 37em), (max-height: 30em)";class We extends L{static styles=[ze,rs];static properties={server:{type:String},theme:{type:String,reflect:!0},phone:{type:String},crisisLine:{type:String,attribute:"crisis-line"},ambulance:{type:String},shown:{state:!0},started:{state:!0},unread:{state:!0},grave:{state:!0}};#e=null;constructor(){var e;super(),this.server="",this.phone="",this.crisisLine="988",this.ambulance="911",this.shown=!1,this.started=((e=K("localStorage"))==null?void 0:e.getItem(Ve))==="1",this.unread=0,this.grave=!1}connectedCallback(){var e,t;super.connectedCallback(),document.addEventListener("click",this.#s),(e=window.visualViewport)==null||e.addEventListener("resize",this.#i),(t=window.visualViewport)==null||t.addEventListener("scroll",this.#i)}disconnectedCallback(){var e,t;super.disconnectedCallback(),document.removeEventListener("click",this.#s),(e=window.visualViewport)==null||e.removeEventListener("resize",this.#i),(t=window.visualViewport)==null||t.removeEventListener("scroll",this.#i)}async show(e=!1,t=null){var r;if(this.shown)return;this.#e=t,this.shown=!0,this.started=!0,this.unread=0,this.grave=!1;try{(r=K("localStorage"))==null||r.setItem(Ve,"1")}catch{}await this.updateComplete;const s=this.#t(),n=matchMedia(hs).matches;n?s==null||s.showModal():s==null||s.setAttribute("open",""),this.#i();const o=this.#n();await(o==null?void 0:o.updateComplete),(n||!e)&&(o==null||o.enter())}async hide(){var n;if(!this.shown)return;const e=this.#t(),t=(e==null?void 0:e.matches(":focus-within"))===!0;if(e!=null&&e.open&&e.close(),this.shown=!1,await this.updateComplete,!t)return;const s=(n=this.#e)!=null&&n.isConnected?this.#e:this.renderRoot.querySelector(".launcher");s==null||s.focus()}#t(){return this.renderRoot.querySelector("dialog")}#n(){return this.renderRoot.querySelector("aftercare-chat")}#s=e=>{const t=e.target instanceof Element?e.target.closest("[data-aftercare-open]"):null;t!==null&&(e.preventDefault(),this.show(!1,t))};#i=()=>{const e=window.visualViewport,t=this.#t();!e||!t||e.scale>1.01||(t.style.setProperty("--seen-height",`${e.height}px`),t.style.setProperty("--seen-top",`${e.offsetTop}px`))};#r=e=>{const{message:t}=e;this.shown||(this.unread+=1,M(t.level)&&(this.grave=!0,this.show(!0)))};render(){const e=this.grave?h.launcherGrave:h.launcher;return u`<button
        class="launcher ${this.grave?"grave":""}"
        type="button"
        lang="en"
        aria-haspopup="dialog"
        aria-expanded=${this.shown}
        ?hidden=${this.shown}
        @click=${()=>this.show()}
      >
        ${P.chat}<span>${e}</span>${this.unread>0?u`<span class="count">${h.launcherUnread(this.unread)}</span>`:null}
      </button>
      <div class="unseen" role="status" lang="en">${this.unread>0&&!this.shown?h.launcherUnread(this.unread):null}</div>
      <dialog aria-label=${h.panelLabel("")} @cancel=${this.#a}>
        <aftercare-chat
          closable
          .server=${this.server}
          .phone=${this.phone}
          .crisisLine=${this.crisisLine}
          .ambulance=${this.ambulance}
          .theme=${this.theme}
          .open=${this.started}
          @aftercare-close=${()=>this.hide()}
          @aftercare-arrived=${this.#r}
        ></aftercare-chat>
      </dialog>`}#a=e=>{e.preventDefault(),this.hide()}}function cs(i){if(customElements.get("aftercare-chat"))return;customElements.define("aftercare-chat",ls),customElements.define("aftercare-launcher",We);const{server:e,phone:t,crisisLine:s,ambulance:n,theme:o,open:r}=(i==null?void 0:i.dataset)??{};if(e===void 0)return;const a=new We;a.server=e,t!==void 0&&(a.phone=t),s!==void 0&&(a.crisisLine=s),n!==void 0&&(a.ambulance=n),o!==void 0&&(a.theme=o);const l=()=>{document.body.append(a),r!==void 0&&matchMedia("(min-width: 64em)").matches&&a.show(!0)};document.body?l():document.addEventListener("DOMContentLoaded",l,{once:!0})}cs(document.currentScript??document.querySelector('script[data-server][src*="aftercare-widget"]'))})();
